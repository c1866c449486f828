#include "start.h"

int of_library(void);

__attribute__((used)) void begin(void) { leave(of_library() == 7 ? 0 : 1); }
