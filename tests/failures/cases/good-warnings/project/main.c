#warning "error: this is what an error looks like"
#include <stdio.h>

int main(int count, char **words)
{
	int failed;
	char *error = "fatal error: no such file";
	printf("%d\n", "undefined reference to `main'" == error);
}
