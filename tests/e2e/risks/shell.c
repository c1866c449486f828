// Has a shell run a command.
#include <stdlib.h>

int main(void) { return system(":") != 0; }
