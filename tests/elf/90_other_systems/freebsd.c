/* A program of FreeBSD: it ends itself by that system's call 1, which writes on Linux, and must not get any further. */
__attribute__((section(".note.tag"), aligned(4), used)) static const struct {
    int name, content, type;
    char owner[8];
    int release;
} tag = {8, 4, 1, "FreeBSD", 1302001};

void _start(void) {
#if defined(__x86_64__)
    __asm__ volatile("mov $1, %eax\n xor %edi, %edi\n syscall\n ud2");
#elif defined(__aarch64__)
    __asm__ volatile("mov x8, #1\n mov x0, #0\n svc #0\n udf #0");
#endif
}
