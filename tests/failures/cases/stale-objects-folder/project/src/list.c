int list(void) { return 1; }
