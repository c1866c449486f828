#include "start.h"

int open64(const char *, int);

__attribute__((used)) void begin(long *stack) { leave(*stack > 1 ? open64("/", 0) : 0); }
