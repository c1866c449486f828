/* Says which products and quotients of complex numbers are wrong: their values follow from ISO/IEC 9899:2018, annex G.5.1. */
#include <complex.h>
#include <math.h>
#include <stdio.h>

#define NEAR(x, y) (fabsl((long double)(x) - (long double)(y)) < 1e-6L)
#define IS(value, real, imaginary) (NEAR(__real__(value), real) && NEAR(__imag__(value), imaginary))
#define CHECK(type, large, small)                                                                                  \
    do {                                                                                                           \
        volatile _Complex type a = 1 + 2i, b = 3 - 1i, i = 1i, infinite = 0, zero = 0, big = 0, little = 0;        \
        __real__ infinite = (type)INFINITY, __imag__ infinite = (type)NAN;                                         \
        __real__ big = large, __imag__ big = large, __real__ little = small, __imag__ little = small;              \
        if (!IS(a * b, 5, 5)) puts(#type ": product");                                                             \
        if (!IS(a * a / b, -1.3, 0.9)) puts(#type ": quotient");                                                   \
        if (!IS(b / i, -1, -3)) puts(#type ": quotient by i");                                                     \
        if (!IS(big / big, 1, 0)) puts(#type ": quotient of large numbers");                                       \
        if (!IS(little / little, 1, 0)) puts(#type ": quotient of small numbers");                                 \
        if (signbit(__imag__(i / i))) puts(#type ": sign of nothing");                                             \
        if (!isinf(__real__(infinite * a)) && !isinf(__imag__(infinite * a))) puts(#type ": infinite product");     \
        if (!isinf(__real__(a / zero)) && !isinf(__imag__(a / zero))) puts(#type ": quotient by nothing");         \
        if (!IS(a / infinite, 0, 0)) puts(#type ": quotient by the infinite");                                     \
        if (!isinf(__real__(infinite / a)) && !isinf(__imag__(infinite / a))) puts(#type ": infinite quotient");    \
    } while (0)

int main(void) {
    CHECK(float, 1e38f, 1e-38f);
    CHECK(double, 1e308, 1e-307);
    CHECK(long double, (long double)1e308L, (long double)1e-307L);
    puts("done");
    return 0;
}
