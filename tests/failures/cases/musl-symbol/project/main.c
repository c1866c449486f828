int depth(void);

int main(void)
{
	return depth();
}
