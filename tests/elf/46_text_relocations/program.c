#include "start.h"
#include "text.c"

__attribute__((used)) void begin(void) { leave(inner() == 7 ? 0 : 1); }
