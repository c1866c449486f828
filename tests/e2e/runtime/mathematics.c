/* Arithmetic that a compiler calls by name beside functions of the libc. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

int main(void) {
    volatile int64_t wide = INT64_C(1234567890123456789);
    volatile int64_t by = 1000000007;
    volatile long double two = 2, third = 1.0L / 3;
    volatile double much = 1000;
#ifdef __SIZEOF_INT128__
    volatile __int128 product = (__int128)wide * wide;
    printf("%lld\n", (long long)(product / by % by));
#endif
    printf("%.20Lg %.20Lg %.20Lg\n", sqrtl(two), expl(third), logl(third));
    printf("%.20Lg %.20Lg %.20Lg\n", sinl(third), cosl(two), fmal(third, third, two));
    errno = 0;
    printf("%g", exp(much));
    printf(" %d\n", errno == ERANGE);
    return 0;
}
