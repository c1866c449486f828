int called(void) { return 1; }
int held(void) { return 2; }
