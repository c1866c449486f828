int step(void) { return 12; }
