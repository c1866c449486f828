#include <stdio.h>

int main(void)
{
    puts("decoded");
    return 0;
}
