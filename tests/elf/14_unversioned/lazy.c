#include "start.h"

int inner(void);

__attribute__((used)) void begin(long *stack) { leave(*stack > 9 ? inner() : 0); }
