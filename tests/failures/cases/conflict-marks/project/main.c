#include <stdio.h>

int main(void)
{
<<<<<<< HEAD
	puts("one");
=======
	puts("two");
>>>>>>> other
	return 0;
}
