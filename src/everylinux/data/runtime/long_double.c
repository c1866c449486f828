/* Arithmetic of POWER's long double for glibc, a sum of two double (OpenPOWER ELF V2 ABI, 2.1.1.3): GCC has it in libgcc, zig's
   library has none of it. T. J. Dekker, "A Floating-Point Technique for Extending the Available Precision" (1971); a fused
   multiplication tells what a product has lost. */
#if defined(__powerpc64__) && __LDBL_MANT_DIG__ == 106
#include <string.h>

#pragma STDC FP_CONTRACT OFF

struct parts {
    double high, low;
};

static struct parts parts_of(long double number) {
    struct parts parts;
    memcpy(&parts, &number, sizeof parts);
    return parts;
}

static long double number_of(double high, double low) {
    struct parts parts = {high, low};
    long double number;
    memcpy(&number, &parts, sizeof number);
    return number;
}

/* Brings two parts into their form: the first is the sum, rounded; what is nothing or infinite has no second. */
static long double sum_of(double high, double low) {
    const double sum = high + low;
    return number_of(sum, sum == 0 || !__builtin_isfinite(sum) ? 0 : high - sum + low);
}

long double __gcc_qadd(long double x, long double y) {
    const struct parts a = parts_of(x), b = parts_of(y);
    const double sum = a.high + b.high, rest = a.high - sum;
    if (!__builtin_isfinite(sum)) return number_of(sum, 0);
    return sum_of(sum, rest + b.high + (a.high - (rest + sum)) + a.low + b.low);
}

long double __gcc_qsub(long double x, long double y) {
    const struct parts b = parts_of(y);
    return __gcc_qadd(x, number_of(-b.high, -b.low));
}

long double __gcc_qmul(long double x, long double y) {
    const struct parts a = parts_of(x), b = parts_of(y);
    const double product = a.high * b.high;
    if (product == 0 || !__builtin_isfinite(product)) return number_of(product, 0);
    return sum_of(product, __builtin_fma(a.high, b.high, -product) + (a.high * b.low + a.low * b.high));
}

long double __gcc_qdiv(long double x, long double y) {
    const struct parts a = parts_of(x), b = parts_of(y);
    const double quotient = a.high / b.high, product = quotient * b.high;
    if (quotient == 0 || !__builtin_isfinite(quotient) || !__builtin_isfinite(b.high)) return number_of(quotient, 0);
    const double rest = a.high - product - __builtin_fma(quotient, b.high, -product) + a.low - quotient * b.low;
    return sum_of(quotient, rest / b.high);
}
#endif
