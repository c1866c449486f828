#include "start.h"

int first(void);
int outer(void);

__attribute__((used)) void begin(void) { leave(first() + outer()); }
