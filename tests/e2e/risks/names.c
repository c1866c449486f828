// Knows the name of a library and opens nothing.
#include <stdio.h>

int main(void) { return puts("libknown.so.1") < 0; }
