int old(void) { return 6; }
int new(void) { return 7; }
__asm__(".symver old, inner@V1\n.symver new, inner@@V2\n");
