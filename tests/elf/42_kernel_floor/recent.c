#include "floor.h"

FLOOR(0, 6, 1, 0)

int inner(void) { return 7; }
