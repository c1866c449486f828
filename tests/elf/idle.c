#include "start.h"

__attribute__((used)) void begin(void) { leave(0); }
