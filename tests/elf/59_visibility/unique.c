__asm__(".data\n.globl inner\n.type inner, %gnu_unique_object\n.size inner, 4\n.balign 4\ninner: .long 7\n.previous\n");
