#include "start.h"

int atoi(const char *);

__attribute__((used)) void begin(void) { leave(atoi("7") - 7); }
