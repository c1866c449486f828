#include <stdio.h>
#include <string.h>
void foo(char *d, const char *s, int n){ char b[10]; memcpy(b, s, n); printf("%s %s", d, b); }
