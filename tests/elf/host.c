/* A C program that opens the shared object it is given, as Python or Node.js would. */
#include "start.h"

void *dlopen(const char *, int);

__attribute__((used)) void begin(long *stack) {
    char **arguments = (char **)(stack + 1);
    leave(dlopen(arguments[1], 2) ? 0 : 3);
}
