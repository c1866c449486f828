#include "start.h"

int inner(void);
int outer(void);

__attribute__((used)) void begin(void) { leave(inner() + outer() == 14 ? 0 : 1); }
