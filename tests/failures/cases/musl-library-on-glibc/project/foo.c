int of_musl(void);

int foo(void)
{
	return of_musl();
}
