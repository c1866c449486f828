#include "start.h"

int pthread_key_create(void *, void *);

__attribute__((used)) void begin(long *stack) { leave(*stack > 9 ? pthread_key_create(stack, stack) : 0); }
