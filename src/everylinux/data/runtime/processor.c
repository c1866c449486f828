/* What __builtin_cpu_init, __builtin_cpu_supports and functions with several targets ask for on x86. GCC has it in libgcc, zig's
 * library has none. Names, numbers and structure are those of GCC's manual (x86 Built-in Functions) and of its
 * gcc/common/config/i386/i386-cpuinfo.h, the bits those of Intel's manual (volume 2A, CPUID) and AMD's (volume 3, appendix E).
 * __builtin_cpu_is answers for makers only: models are not told apart. */

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

enum register_of {
    LEAF_1_C, LEAF_1_D, LEAF_7_B, LEAF_7_C, LEAF_7_D, LEAF_7_1_A, LEAF_13_A, LEAF_20_B, LEAF_25_B,
    EXTENDED_C, EXTENDED_D, EXTENDED_8_B, REGISTERS
};
/* What the system has to keep for a process besides: bits of XCR0. */
enum kept { NOTHING = 0, YMM = 0x6, ZMM = 0xe6, TILES = 0x60000 };
enum maker { INTEL = 1, AMD = 2, OTHER = 6 };
enum { WORDS = 4, LZCNT = 57, BASELINE = 95 };

struct feature {
    unsigned char number, place, bit;
    unsigned kept;
};

static const struct feature features[] = {
    {5, LEAF_1_C, 0, NOTHING},    {19, LEAF_1_C, 1, NOTHING},   {6, LEAF_1_C, 9, NOTHING},    {14, LEAF_1_C, 12, YMM},
    {46, LEAF_1_C, 13, NOTHING},  {7, LEAF_1_C, 19, NOTHING},   {8, LEAF_1_C, 20, NOTHING},   {58, LEAF_1_C, 22, NOTHING},
    {2, LEAF_1_C, 23, NOTHING},   {18, LEAF_1_C, 25, NOTHING},  {81, LEAF_1_C, 26, NOTHING},  {62, LEAF_1_C, 27, NOTHING},
    {9, LEAF_1_C, 28, YMM},       {49, LEAF_1_C, 29, YMM},      {69, LEAF_1_C, 30, NOTHING},  {47, LEAF_1_D, 8, NOTHING},
    {0, LEAF_1_D, 15, NOTHING},   {1, LEAF_1_D, 23, NOTHING},   {51, LEAF_1_D, 24, NOTHING},  {3, LEAF_1_D, 25, NOTHING},
    {4, LEAF_1_D, 26, NOTHING},   {50, LEAF_7_B, 0, NOTHING},   {73, LEAF_7_B, 2, NOTHING},   {16, LEAF_7_B, 3, NOTHING},
    {52, LEAF_7_B, 4, NOTHING},   {10, LEAF_7_B, 5, YMM},       {17, LEAF_7_B, 8, NOTHING},   {71, LEAF_7_B, 11, NOTHING},
    {15, LEAF_7_B, 16, ZMM},      {22, LEAF_7_B, 17, ZMM},      {70, LEAF_7_B, 18, NOTHING},  {40, LEAF_7_B, 19, NOTHING},
    {27, LEAF_7_B, 21, ZMM},      {43, LEAF_7_B, 23, NOTHING},  {44, LEAF_7_B, 24, NOTHING},  {25, LEAF_7_B, 26, ZMM},
    {24, LEAF_7_B, 27, ZMM},      {23, LEAF_7_B, 28, ZMM},      {74, LEAF_7_B, 29, NOTHING},  {21, LEAF_7_B, 30, ZMM},
    {20, LEAF_7_B, 31, ZMM},      {65, LEAF_7_C, 0, NOTHING},   {26, LEAF_7_C, 1, ZMM},       {64, LEAF_7_C, 4, NOTHING},
    {79, LEAF_7_C, 5, NOTHING},   {31, LEAF_7_C, 6, ZMM},       {75, LEAF_7_C, 7, NOTHING},   {32, LEAF_7_C, 8, NOTHING},
    {78, LEAF_7_C, 9, YMM},       {33, LEAF_7_C, 10, YMM},      {34, LEAF_7_C, 11, ZMM},      {35, LEAF_7_C, 12, ZMM},
    {30, LEAF_7_C, 14, ZMM},      {68, LEAF_7_C, 22, NOTHING},  {42, LEAF_7_C, 25, NOTHING},  {60, LEAF_7_C, 27, NOTHING},
    {59, LEAF_7_C, 28, NOTHING},  {48, LEAF_7_C, 29, NOTHING},  {28, LEAF_7_D, 2, ZMM},       {29, LEAF_7_D, 3, ZMM},
    {88, LEAF_7_D, 5, NOTHING},   {37, LEAF_7_D, 8, ZMM},       {72, LEAF_7_D, 14, NOTHING},  {77, LEAF_7_D, 16, NOTHING},
    {63, LEAF_7_D, 18, NOTHING},  {53, LEAF_7_D, 20, NOTHING},  {87, LEAF_7_D, 22, TILES},    {94, LEAF_7_D, 23, ZMM},
    {85, LEAF_7_D, 24, TILES},    {86, LEAF_7_D, 25, TILES},    {93, LEAF_7_1_A, 4, YMM},     {36, LEAF_7_1_A, 5, ZMM},
    {89, LEAF_7_1_A, 22, NOTHING}, {99, LEAF_7_1_A, 23, YMM},   {54, EXTENDED_C, 0, NOTHING}, {41, EXTENDED_C, 5, NOTHING},
    {LZCNT, EXTENDED_C, 5, NOTHING}, {11, EXTENDED_C, 6, NOTHING}, {66, EXTENDED_C, 8, NOTHING}, {13, EXTENDED_C, 11, YMM},
    {56, EXTENDED_C, 15, NOTHING}, {12, EXTENDED_C, 16, YMM},   {76, EXTENDED_C, 21, NOTHING}, {61, EXTENDED_C, 29, NOTHING},
    {83, LEAF_13_A, 0, NOTHING},  {82, LEAF_13_A, 1, NOTHING},  {84, LEAF_13_A, 3, NOTHING},  {67, LEAF_20_B, 4, NOTHING},
    {91, LEAF_25_B, 0, NOTHING},  {92, LEAF_25_B, 2, NOTHING},  {45, EXTENDED_8_B, 0, NOTHING}, {80, EXTENDED_8_B, 9, NOTHING},
    {55, EXTENDED_D, 29, NOTHING}, {39, EXTENDED_D, 30, NOTHING}, {38, EXTENDED_D, 31, NOTHING},
};
/* What each level of x86-64 has beyond the one before (psABI of x86-64, Micro-Architecture Levels); a zero ends it. */
static const unsigned char levels[][8] = {
    {55, 4}, {46, 2, 54, 8}, {10, 16, 17, 49, 14, LZCNT, 58}, {21, 23, 22, 20},
};

struct __processor_model {
    unsigned vendor, type, subtype, features[1];
} __cpu_model;
unsigned __cpu_features2[WORDS - 1];

static unsigned *word_of(unsigned number) {
    return number < 32 ? __cpu_model.features : &__cpu_features2[number / 32 - 1];
}

static int has(unsigned number) { return *word_of(number) >> number % 32 & 1; }

static void found(unsigned number) { *word_of(number) |= 1u << number % 32; }

static void read_registers(unsigned registers[REGISTERS], unsigned newest) {
    unsigned a, b, c, d;
    __cpuid(1, a, b, registers[LEAF_1_C], registers[LEAF_1_D]);
    if (newest >= 7) {
        __cpuid_count(7, 0, a, registers[LEAF_7_B], registers[LEAF_7_C], registers[LEAF_7_D]);
        if (a >= 1) __cpuid_count(7, 1, registers[LEAF_7_1_A], b, c, d);
    }
    if (newest >= 13) __cpuid_count(13, 1, registers[LEAF_13_A], b, c, d);
    if (newest >= 20) __cpuid_count(20, 0, a, registers[LEAF_20_B], c, d);
    if (newest >= 25) __cpuid_count(25, 0, a, registers[LEAF_25_B], c, d);
    __cpuid(0x80000000u, newest, b, c, d);
    if (newest >= 0x80000001u) __cpuid(0x80000001u, a, b, registers[EXTENDED_C], registers[EXTENDED_D]);
    if (newest >= 0x80000008u) __cpuid(0x80000008u, a, registers[EXTENDED_8_B], c, d);
}

/* Before every constructor, and asked for by functions that choose another before that (GCC manual). */
__attribute__((constructor(101))) int __cpu_indicator_init(void) {
    unsigned registers[REGISTERS] = {0}, newest, b, c, d, kept = 0, high;
    if (__cpu_model.vendor) return 0;
    newest = __get_cpuid_max(0, 0);
    if (newest < 1) {
        __cpu_model.vendor = OTHER;
        return -1;
    }
    __cpuid(0, newest, b, c, d);
    read_registers(registers, newest);
    if (registers[LEAF_1_C] >> 27 & 1) __asm__("xgetbv" : "=a"(kept), "=d"(high) : "c"(0));
    for (unsigned i = 0; i < sizeof features / sizeof *features; i++) {
        const struct feature *one = &features[i];
        if (registers[one->place] >> one->bit & 1 && (kept & one->kept) == one->kept) found(one->number);
    }
    for (unsigned level = 0; level < sizeof levels / sizeof *levels; level++) {
        unsigned i = 0;
        while (i < sizeof *levels && levels[level][i] && has(levels[level][i])) i++;
        if (i < sizeof *levels && levels[level][i]) break;
        found(BASELINE + level);
    }
    __cpu_model.vendor = b == signature_INTEL_ebx ? INTEL : b == signature_AMD_ebx ? AMD : OTHER;
    return 0;
}
#endif
