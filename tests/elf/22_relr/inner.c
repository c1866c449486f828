static int seven(void) { return 7; }
static int (*volatile address)(void) = seven;
int inner(void) { return address(); }
