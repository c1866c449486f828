/* System calls without a libc, so that the helper is one small static file that starts in microseconds and needs
 * nothing from the image. Negative results are -errno, as the kernel gives them. */
#ifndef EVERYLINUX_SYSTEM_H
#define EVERYLINUX_SYSTEM_H

#include <asm/unistd.h>

#if defined(__x86_64__)
static inline long system_call(long number, long a, long b, long c, long d, long e) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static inline long system_call(long number, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}
#else
#error "the sandbox runs on x86_64 and aarch64 machines"
#endif

#define CALL0(name) system_call(__NR_##name, 0, 0, 0, 0, 0)
#define CALL1(name, a) system_call(__NR_##name, (long)(a), 0, 0, 0, 0)
#define CALL2(name, a, b) system_call(__NR_##name, (long)(a), (long)(b), 0, 0, 0)
#define CALL3(name, a, b, c) system_call(__NR_##name, (long)(a), (long)(b), (long)(c), 0, 0)
#define CALL4(name, a, b, c, d) system_call(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), 0)
#define CALL5(name, a, b, c, d, e) system_call(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

#endif
