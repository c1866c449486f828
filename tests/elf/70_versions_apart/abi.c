#include "start.h"

int of_abi(void);

__attribute__((used)) void begin(void) { leave(of_abi() == 7 ? 0 : 1); }
