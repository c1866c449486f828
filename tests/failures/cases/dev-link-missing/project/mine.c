int mine(void) { return 0; }
