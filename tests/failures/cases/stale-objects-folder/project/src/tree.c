int tree(void) { return 1; }
