#include "start.h"

int inner(void);

__attribute__((used)) void begin(long *stack) { leave(*stack > 1 ? inner() : 0); }
