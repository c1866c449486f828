extern "C" int foo_open(void) { return 1; }
