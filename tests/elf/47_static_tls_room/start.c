#include "start.h"

int seven(int);

__attribute__((used)) void begin(void) { leave(seven(0)); }
