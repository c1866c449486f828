/* The note by which a file says which system it is for (0 is Linux), and how old its kernel may be. */
#define FLOOR(system, major, minor, patch)                                                                       \
    __asm__(".section .note.ABI-tag, \"a\", %note\n.balign 4\n.long 4\n.long 16\n.long 1\n.asciz \"GNU\"\n.long " #system \
            "\n.long " #major "\n.long " #minor "\n.long " #patch "\n.previous\n");
