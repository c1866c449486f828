static int seven(void) { return 7; }
static int eight(void) { return 8; }
volatile int more;
static int (*choose(void))(void) { return more ? eight : seven; }
int own(void) __attribute__((ifunc("choose")));
int inner(void) { return own(); }
