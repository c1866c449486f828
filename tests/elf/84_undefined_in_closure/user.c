#include "start.h"

int outer(void);

__attribute__((used)) void begin(long *stack) { leave(*stack > 9 ? outer() : 0); }
