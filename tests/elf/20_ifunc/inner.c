static int seven(void) { return 7; }
static int (*choose(void))(void) { return seven; }
int inner(void) __attribute__((ifunc("choose")));
