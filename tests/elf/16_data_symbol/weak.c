#include "start.h"

__attribute__((weak)) int inner(void);
int (*volatile address)(void) = inner;

__attribute__((used)) void begin(void) { leave(address != 0); }
