int inner(void) { return 7; }
