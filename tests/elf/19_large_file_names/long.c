#include "start.h"

int posix_fallocate64(int, long, long);

__attribute__((used)) void begin(long *stack) { leave(*stack > 1 ? posix_fallocate64(0, 0, 0) : 0); }
