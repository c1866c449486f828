int newest(void) { return 1; }
