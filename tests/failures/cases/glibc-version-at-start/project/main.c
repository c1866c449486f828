#ifdef NEWEST
int newest(void);
#else
#define newest() 0
#endif

int main(void)
{
	return newest();
}
