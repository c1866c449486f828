#include "start.h"

extern int inner;

__attribute__((used)) void begin(void) { leave(inner == 7 ? 0 : 1); }
