#include <stdio.h>

void part(void) {
    puts("hello");
}
