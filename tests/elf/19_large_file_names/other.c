#include "start.h"

int fcntl64(int);

__attribute__((used)) void begin(long *stack) { leave(*stack > 1 ? fcntl64(0) : 0); }
