int of_library(void) { return 7; }
int of_abi(void) { return 7; }
