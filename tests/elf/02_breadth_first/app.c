#include "start.h"

int outer(void);
int wide(void);

__attribute__((used)) void begin(void) { leave(outer() + wide() == 8 ? 0 : 1); }
