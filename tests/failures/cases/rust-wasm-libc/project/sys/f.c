#include <stdio.h>
int foo_open(void) { return puts(""); }
