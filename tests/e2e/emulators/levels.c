/* Executes one instruction, by its name: they are of different levels of the x86-64 psABI (table 3.1). */
#include <stdio.h>
#include <string.h>

#define ONE(name, text) \
    if (count > 1 && strcmp(arguments[1], #name) == 0) __asm__ volatile(text ::: "rax", "rcx", "xmm0", "xmm1", "cc", "memory")

int main(int count, char **arguments) {
    ONE(sse2, "paddq %%xmm1, %%xmm0");
    ONE(sse3, "addsubps %%xmm1, %%xmm0");
    ONE(ssse3, "pshufb %%xmm1, %%xmm0");
    ONE(sse4_1, "pmulld %%xmm1, %%xmm0");
    ONE(sse4_2, "pcmpgtq %%xmm1, %%xmm0");
    ONE(popcnt, "popcnt %%rcx, %%rax");
    ONE(avx, "vaddps %%ymm1, %%ymm0, %%ymm0");
    ONE(avx2, "vpaddd %%ymm1, %%ymm0, %%ymm0");
    ONE(fma, "vfmadd132ps %%ymm1, %%ymm0, %%ymm0");
    ONE(f16c, "vcvtph2ps %%xmm1, %%xmm0");
    ONE(bmi2, "pext %%rcx, %%rax, %%rax");
    ONE(stop, "ud2");
    puts("done");
    return 0;
}
