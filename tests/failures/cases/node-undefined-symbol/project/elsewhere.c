int made_elsewhere(void) { return 0; }
