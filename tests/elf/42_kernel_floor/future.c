#include "floor.h"

FLOOR(0, 99, 0, 0)

int inner(void) { return 7; }
