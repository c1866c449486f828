// The library that `opens.c` opens.
int known(void) { return 1; }
