/* Says what the processor has, by each name that GCC and clang both know. */
#include <stdio.h>

#define ALL \
    TOLD("cmov") TOLD("mmx") TOLD("popcnt") TOLD("sse") TOLD("sse2") TOLD("sse3") TOLD("ssse3") TOLD("sse4.1") \
    TOLD("sse4.2") TOLD("avx") TOLD("avx2") TOLD("sse4a") TOLD("fma4") TOLD("xop") TOLD("fma") TOLD("avx512f") \
    TOLD("bmi") TOLD("bmi2") TOLD("aes") TOLD("pclmul") TOLD("avx512vl") TOLD("avx512bw") TOLD("avx512dq") \
    TOLD("avx512cd") TOLD("avx512vbmi") TOLD("avx512ifma") TOLD("avx5124vnniw") TOLD("avx5124fmaps") \
    TOLD("avx512vpopcntdq") TOLD("avx512vbmi2") TOLD("gfni") TOLD("vpclmulqdq") TOLD("avx512vnni") \
    TOLD("avx512bitalg") TOLD("avx512bf16") TOLD("avx512vp2intersect") TOLD("adx") TOLD("lzcnt") TOLD("cldemote") \
    TOLD("clflushopt") TOLD("clwb") TOLD("clzero") TOLD("enqcmd") TOLD("f16c") TOLD("fsgsbase") TOLD("lwp") \
    TOLD("movbe") TOLD("movdir64b") TOLD("movdiri") TOLD("mwaitx") TOLD("pconfig") TOLD("pku") TOLD("prfchw") \
    TOLD("ptwrite") TOLD("rdpid") TOLD("rdrnd") TOLD("rdseed") TOLD("rtm") TOLD("serialize") TOLD("sgx") \
    TOLD("sha") TOLD("shstk") TOLD("tbm") TOLD("tsxldtrk") TOLD("vaes") TOLD("waitpkg") TOLD("wbnoinvd") \
    TOLD("xsave") TOLD("xsavec") TOLD("xsaveopt") TOLD("xsaves") TOLD("amx-tile") TOLD("amx-int8") TOLD("amx-bf16") \
    TOLD("uintr") TOLD("hreset") TOLD("kl") TOLD("widekl") TOLD("avxvnni") TOLD("avx512fp16") TOLD("x86-64") \
    TOLD("x86-64-v2") TOLD("x86-64-v3") TOLD("x86-64-v4")

#define TOLD(name) printf("%s %d\n", name, !!__builtin_cpu_supports(name));

int features(void) {
    __builtin_cpu_init();
    ALL
    return printf("made by Intel %d, by AMD %d\n", !!__builtin_cpu_is("intel"), !!__builtin_cpu_is("amd"));
}
