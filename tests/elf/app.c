#include "start.h"

int inner(void);

__attribute__((used)) void begin(void) { leave(inner() == 7 ? 0 : 1); }
