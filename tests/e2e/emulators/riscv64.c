/* Without a libc: what its last argument asks for. System calls of asm-generic/unistd.h. */
static long call(long number, long first, long second, long third, long fourth) {
    register long a7 __asm__("a7") = number, a0 __asm__("a0") = first, a1 __asm__("a1") = second;
    register long a2 __asm__("a2") = third, a3 __asm__("a3") = fourth;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
    return a0;
}
enum { OPENAT = 56, READ = 63, WRITE = 64, EXIT = 93, KILL = 129, GETPID = 172, MUNMAP = 215, HERE = -100 };

static unsigned long number(const char **text) {
    unsigned long value = 0;
    for (;; ++*text) {
        int digit = **text >= 'a' ? **text - 'a' + 10 : **text - '0';
        if (digit < 0 || digit > 15)
            return value;
        value = value * 16 + digit;
    }
}

/* The emulator shows the program its own memory in /proc/self/maps, and the emulator's in this file. */
static void take_the_emulators_memory(void) {
    static char maps[65536];
    long file = call(OPENAT, HERE, (long)"/proc/thread-self/maps", 0, 0), got, length = 0;
    while ((got = call(READ, file, (long)maps + length, sizeof maps - 1 - length, 0)) > 0)
        length += got;
    for (const char *line = maps; *line; line++) {
        unsigned long begin = number(&line);
        line++;
        unsigned long end = number(&line);
        // Its own program, not the translated one: in that one a fault counts as the program's.
        if (line[2] == '-' && line[3] == 'x' && end - begin > 1 << 20)
            call(MUNMAP, begin, end - begin, 0, 0);
        while (*line && *line != '\n')
            line++;
    }
}

void start(char asked) {
    switch (asked) {
    case 's': *(volatile int *)0 = 1; break;
    case 'a': {
        static const char said[] = "**\nERROR:main.c:12:main: assertion failed: (a == b)\n";
        call(WRITE, 2, (long)said, sizeof said - 1, 0);
        call(KILL, call(GETPID, 0, 0, 0, 0), 6, 0, 0);
        break;
    }
    case 'e': take_the_emulators_memory(); break;
    }
    call(EXIT, 7, 0, 0, 0);
}

/* The stack holds the count of arguments and then the arguments. */
__asm__(".globl _start\n_start: ld a0, 16(sp)\nlbu a0, 0(a0)\ncall start\n");
