int getpid(void);
static int seven(void) { return getpid() ? 7 : 0; }
static int (*volatile address)(void) = seven;
int inner(void) { return address(); }
