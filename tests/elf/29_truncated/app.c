#include "start.h"

static const volatile char much[1 << 20] = {1};

__attribute__((used)) void begin(long *stack) { leave(much[*stack]); }
