static int plain(void) { return 0; }

#ifdef PLAIN
#define inner plain
#else
static void *choose(void) { return (void *)plain; }

static int inner(void) __attribute__((ifunc("choose")));
#endif

int bar(void) { return inner(); }
