static int seven(void) { return 7; }
int (*address)(void) = seven;
