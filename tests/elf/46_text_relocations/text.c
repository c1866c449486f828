/* A relocation in a segment that is not writable: the address of a symbol, in the midst of code. */
#if __SIZEOF_POINTER__ == 8
__asm__(".text\n.globl inner\n.type inner, %function\n.balign 8\nplace: .quad known\n.previous\n");
#else
__asm__(".text\n.globl inner\n.type inner, %function\n.balign 8\nplace: .long known\n.previous\n");
#endif
int known = 7;
extern int *const place __attribute__((visibility("hidden")));
int inner(void) { return *place; }
