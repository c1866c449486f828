#include "common.h"

int common(void) { return 0; }
