/* Products and quotients of C's complex numbers, which compilers ask for by name. zig's library returns them as a structure of
   two numbers, which is another place than a complex number's on s390x (double), i386 (float) and x86-64 (long double): GCC and
   Clang return them as the ABI of each CPU says of complex types. It has no other long double than the binary128 on POWER.
   The rules for infinities are those of ISO/IEC 9899:2018, annex G.5.1; quotients are scaled as in M. Baudin and R. Smith, "A
   Robust Complex Division in Scilab" (2012), 2.3 and 3.3. */
#pragma STDC FP_CONTRACT OFF
/* Who brings some of them itself keeps those: Rust has each in an object of its own, this one has them all. */
#pragma weak __mulsc3
#pragma weak __muldc3
#pragma weak __mulxc3
#pragma weak __multc3
#pragma weak __divsc3
#pragma weak __divdc3
#pragma weak __divxc3
#pragma weak __divtc3

#define IS_INF(x) __builtin_isinf(x)
#define IS_NAN(x) __builtin_isnan(x)
#define IS_FINITE(x) __builtin_isfinite(x)
#define ABS(x) ((x) < 0 ? -(x) : (x))
/* A part of an infinite number: one with its sign where it is infinite itself, else nothing with its sign. */
#define BOXED(x) COPYSIGN(IS_INF(x) ? 1 : 0, x)
#define UNLESS_NAN(x) (IS_NAN(x) ? COPYSIGN(0, x) : (x))

#define PRODUCT(name, type)                                                                                                    \
    _Complex type name(type a, type b, type c, type d) {                                                                       \
        const type ac = a * c, bd = b * d, ad = a * d, bc = b * c;                                                             \
        _Complex type result;                                                                                                  \
        __real__ result = ac - bd;                                                                                             \
        __imag__ result = ad + bc;                                                                                             \
        if (!IS_NAN(__real__ result) || !IS_NAN(__imag__ result)) return result;                                               \
        int again = 0;                                                                                                         \
        if (IS_INF(a) || IS_INF(b)) {                                                                                          \
            a = BOXED(a), b = BOXED(b), c = UNLESS_NAN(c), d = UNLESS_NAN(d);                                                  \
            again = 1;                                                                                                         \
        }                                                                                                                      \
        if (IS_INF(c) || IS_INF(d)) {                                                                                          \
            c = BOXED(c), d = BOXED(d), a = UNLESS_NAN(a), b = UNLESS_NAN(b);                                                  \
            again = 1;                                                                                                         \
        }                                                                                                                      \
        if (!again && (IS_INF(ac) || IS_INF(bd) || IS_INF(ad) || IS_INF(bc))) {                                                \
            a = UNLESS_NAN(a), b = UNLESS_NAN(b), c = UNLESS_NAN(c), d = UNLESS_NAN(d);                                        \
            again = 1;                                                                                                         \
        }                                                                                                                      \
        if (again) {                                                                                                           \
            __real__ result = INFINITE * (a * c - b * d);                                                                      \
            __imag__ result = INFINITE * (a * d + b * c);                                                                      \
        }                                                                                                                      \
        return result;                                                                                                         \
    }

/* (a + ib) / (c + id): Smith's way, with what would vanish or overflow brought into the middle first. */
#define QUOTIENT(name, type, largest, least, epsilon)                                                                          \
    _Complex type name(type a, type b, type c, type d) {                                                                       \
        const type half = largest / 2, small = least * 2 / epsilon, grows = 2 / (epsilon * epsilon);                           \
        const type first[4] = {a, b, c, d};                                                                                    \
        const int swaps = !(ABS(c) < ABS(d));                                                                                  \
        type above = ABS(a) > ABS(b) ? ABS(a) : ABS(b), below = swaps ? ABS(c) : ABS(d), scale = 1;                            \
        _Complex type result;                                                                                                  \
        if (above >= half) a /= 2, b /= 2, scale *= 2;                                                                         \
        if (below >= half) c /= 2, d /= 2, scale /= 2;                                                                         \
        if (above <= small) a *= grows, b *= grows, scale /= grows;                                                            \
        if (below <= small) c *= grows, d *= grows, scale *= grows;                                                            \
        const type large = swaps ? c : d, other = swaps ? d : c;                                                               \
        const type ratio = other / large, inverse = large + other * ratio;                                                     \
        const type x = swaps ? a : b, y = swaps ? b : a;                                                                       \
        /* A ratio that vanishes would take the smaller part with it. */                                                       \
        const type of_x = ratio != 0 ? x * ratio : other * (x / large), of_y = ratio != 0 ? y * ratio : other * (y / large);   \
        __real__ result = (x + of_y) / inverse * scale;                                                                        \
        __imag__ result = (swaps ? y - of_x : of_x - y) / inverse * scale;                                                     \
        if (!IS_NAN(__real__ result) || !IS_NAN(__imag__ result)) return result;                                               \
        a = first[0], b = first[1], c = first[2], d = first[3];                                                                \
        if (c == 0 && d == 0 && (!IS_NAN(a) || !IS_NAN(b))) {                                                                  \
            __real__ result = COPYSIGN(INFINITE, c) * a;                                                                       \
            __imag__ result = COPYSIGN(INFINITE, c) * b;                                                                       \
        } else if ((IS_INF(a) || IS_INF(b)) && IS_FINITE(c) && IS_FINITE(d)) {                                                 \
            a = BOXED(a), b = BOXED(b);                                                                                        \
            __real__ result = INFINITE * (a * c + b * d);                                                                      \
            __imag__ result = INFINITE * (b * c - a * d);                                                                      \
        } else if ((IS_INF(c) || IS_INF(d)) && IS_FINITE(a) && IS_FINITE(b)) {                                                 \
            c = BOXED(c), d = BOXED(d);                                                                                        \
            __real__ result = 0 * (a * c + b * d);                                                                             \
            __imag__ result = 0 * (b * c - a * d);                                                                             \
        }                                                                                                                      \
        return result;                                                                                                         \
    }

#define COPYSIGN __builtin_copysignf
#define INFINITE __builtin_inff()
PRODUCT(__mulsc3, float)
#undef COPYSIGN
#undef INFINITE

#define COPYSIGN __builtin_copysign
#define INFINITE __builtin_inf()
PRODUCT(__muldc3, double)
QUOTIENT(__divdc3, double, __DBL_MAX__, __DBL_MIN__, __DBL_EPSILON__)
#undef COPYSIGN
#undef INFINITE

_Complex float __divsc3(float a, float b, float c, float d) { return (_Complex float)__divdc3(a, b, c, d); }

#define COPYSIGN __builtin_copysignl
#define INFINITE __builtin_infl()
#if __LDBL_MANT_DIG__ == 64
PRODUCT(__mulxc3, long double)
QUOTIENT(__divxc3, long double, __LDBL_MAX__, __LDBL_MIN__, __LDBL_EPSILON__)
#elif __LDBL_MANT_DIG__ > 64
PRODUCT(__multc3, long double)
#if __LDBL_MANT_DIG__ == 106 /* the second half of such a number has an exponent of its own: epsilon is that of the first alone */
QUOTIENT(__divtc3, long double, __DBL_MAX__, __DBL_MIN__, __DBL_EPSILON__)
#else
QUOTIENT(__divtc3, long double, __LDBL_MAX__, __LDBL_MIN__, __LDBL_EPSILON__)
#endif
#endif
