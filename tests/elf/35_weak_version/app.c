#include "start.h"

__attribute__((weak)) int inner(void);

__attribute__((used)) void begin(void) { leave(inner ? 1 : 0); }
