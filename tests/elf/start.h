/* A program's beginning and end without a C library: only the loader's work is looked at. */
#if defined(__x86_64__)
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call begin\n hlt\n");
__attribute__((noreturn)) static inline void leave(long code) {
    for (;;) __asm__ volatile("syscall" : : "a"(231L), "D"(code) : "rcx", "r11", "memory");
}
#elif defined(__i386__)
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %esp, %eax\n and $-16, %esp\n sub $12, %esp\n push %eax\n"
        " call begin\n hlt\n");
__attribute__((noreturn)) static inline void leave(long code) {
    for (;;) __asm__ volatile("int $0x80" : : "a"(252L), "b"(code) : "memory");
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start: mov x29, #0\n mov x30, #0\n mov x0, sp\n bl begin\n brk #1\n");
__attribute__((noreturn)) static inline void leave(long code) {
    register long number __asm__("x8") = 94, argument __asm__("x0") = code;
    for (;;) __asm__ volatile("svc #0" : : "r"(number), "r"(argument) : "memory");
}
#elif defined(__arm__)
__asm__(".globl _start\n.type _start, %function\n_start: mov fp, #0\n mov lr, #0\n mov r0, sp\n bic sp, sp, #7\n"
        " bl begin\n udf #0\n");
__attribute__((noreturn)) static inline void leave(long code) {
    register long number __asm__("r7") = 248, argument __asm__("r0") = code;
    for (;;) __asm__ volatile("svc #0" : : "r"(number), "r"(argument) : "memory");
}
#elif defined(__riscv)
__asm__(".globl _start\n_start: mv a0, sp\n andi sp, sp, -16\n call begin\n ebreak\n");
__attribute__((noreturn)) static inline void leave(long code) {
    register long number __asm__("a7") = 94, argument __asm__("a0") = code;
    for (;;) __asm__ volatile("ecall" : : "r"(number), "r"(argument) : "memory");
}
#elif defined(__s390x__)
__asm__(".globl _start\n_start: lgr %r2, %r15\n aghi %r15, -160\n xc 0(8,%r15), 0(%r15)\n brasl %r14, begin\n"
        " j .+2\n");
__attribute__((noreturn)) static inline void leave(long code) {
    register long number __asm__("1") = 248, argument __asm__("2") = code;
    for (;;) __asm__ volatile("svc 0" : : "r"(number), "r"(argument) : "memory");
}
#elif defined(__powerpc64__)
/* glibc's loader leaves a zero at the stack pointer, and the arguments in r4. */
__asm__(".globl _start\n_start: addis 2, 12, .TOC.-_start@ha\n addi 2, 2, .TOC.-_start@l\n mr 3, 1\n ld 0, 0(1)\n"
        " cmpdi 0, 0\n bne 1f\n addi 3, 4, -8\n1: clrrdi 1, 1, 4\n stdu 1, -128(1)\n bl begin\n nop\n trap\n");
__attribute__((noreturn)) static inline void leave(long code) {
    register long number __asm__("0") = 234, argument __asm__("3") = code;
    for (;;) __asm__ volatile("sc" : : "r"(number), "r"(argument) : "memory", "cr0");
}
#elif defined(__mips64)
__asm__(".globl __start\n.set noreorder\n__start: move $4, $29\n bal 1f\n nop\n1: lui $28, %hi(%neg(%gp_rel(1b)))\n"
        " daddiu $28, $28, %lo(%neg(%gp_rel(1b)))\n daddu $28, $28, $31\n ld $25, %call16(begin)($28)\n jalr $25\n"
        " nop\n.set reorder\n");
__attribute__((noreturn)) static inline void leave(long code) {
    register long number __asm__("$2") = 5205, argument __asm__("$4") = code;
    for (;;) __asm__ volatile("syscall" : : "r"(number), "r"(argument) : "memory");
}
#endif
