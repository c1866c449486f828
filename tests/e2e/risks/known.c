// The library that `opens.c` opens; it needs a C library itself.
#include <stdio.h>

int known(void) { return puts("known"); }
