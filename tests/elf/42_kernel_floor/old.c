#include "floor.h"

FLOOR(0, 3, 2, 0)

int inner(void) { return 7; }
