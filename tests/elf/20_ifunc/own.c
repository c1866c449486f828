#include "start.h"

static int seven(void) { return 7; }
static int eight(void) { return 8; }
static volatile int more;
static int (*choose(void))(void) { return more ? eight : seven; }
static int inner(void) __attribute__((ifunc("choose")));

__attribute__((used)) void begin(void) { leave(inner() == 7 ? 0 : 1); }
