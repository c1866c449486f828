#include <stdio.h>

int main(int count, char **words)
{
	return printf("%s", words[count - 1]);
}
