#include "start.h"

int outer(void);

__attribute__((used)) void begin(long *stack) { leave(*stack > 1 ? outer() : 0); }
