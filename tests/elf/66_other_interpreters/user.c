#include "start.h"

unsigned long strlcpy(char *, const char *, unsigned long);

__attribute__((used)) void begin(long *stack) { leave(*stack > 9 ? strlcpy((char *)stack, "", 1) != 0 : 0); }
