__attribute__((weak)) int inner(void) { return 7; }
