#include "start.h"

extern __thread int inner __attribute__((tls_model("initial-exec")));

__attribute__((used)) void begin(long *stack) { leave(*stack > 9 ? inner : 0); }
