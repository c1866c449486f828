int third(void) { return 7; }
__asm__(".symver third, inner@V3\n");
