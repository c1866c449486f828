int of_musl(void) { return 0; }
