__thread char block[1 << 16];

char *foo(void)
{
	return block;
}
