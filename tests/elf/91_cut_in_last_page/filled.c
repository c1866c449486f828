#include "start.h"

/* Data of more than two pages: the file's last bytes, which nobody reads. */
__attribute__((used)) static char filled[9000] = {1};

__attribute__((used)) void begin(void) { leave(0); }
