int old_inner(void) { return 7; }
__asm__(".symver old_inner, inner@INNER_1.0");
