#include <stdio.h>

int main(int count, char **words)
{
	(void)words;
	if (count > 1)
		fputs("fatal error: failed\n", stderr);
	return count - 1;
}
