#include "floor.h"

FLOOR(1, 2, 0, 0)

int inner(void) { return 7; }
