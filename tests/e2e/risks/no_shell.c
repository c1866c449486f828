// Writes a script, and never runs a shell.
#include <stdio.h>

int main(void) { return puts("#!/bin/sh\necho /bin/sh") < 0; }
