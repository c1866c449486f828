#include "start.h"

void *memcpy(void *, const void *, unsigned long);

__attribute__((used)) void begin(long *stack) { leave(*stack > 9 ? memcpy(stack, stack, 1) == 0 : 0); }
