#include "show.h"
#include <fenv.h>

extern int __fpclassify(double), __fpclassifyf(float), __fpclassifyl(long double);
extern int __signbit(double), __signbitf(float), __signbitl(long double);
extern float scalbf(float, float), significandf(float), dremf(float, float);
extern int finitef(float);

#define AT(name, x) IS(name, name(x)); IS(name##f, name##f(x)); IS(name##l, name##l(x))
#define ONE(name) AT(name, 0.5); AT(name, 3); AT(name, -0.75); AT(name, -0.0); AT(name, INFINITY); AT(name, NAN)
#define TWO(name) AT2(name, 2.5, 1.5); AT2(name, -3, 2); AT2(name, INFINITY, 1); AT2(name, NAN, 1); AT2(name, 1, NAN)
#define AT2(name, x, y) IS(name, name(x, y)); IS(name##f, name##f(x, y)); IS(name##l, name##l(x, y))
#define WHOLE(name) AT(name, 2.5); AT(name, -2.5); AT(name, 1e9)

static volatile double zero;

void show(void) {
    int power; double d; float f; long double l;
    ONE(acos); ONE(acosh); ONE(asin); ONE(asinh); ONE(atan); ONE(atanh); ONE(cbrt); ONE(ceil); ONE(cos); ONE(cosh);
    ONE(erf); ONE(erfc); ONE(exp); ONE(exp10); ONE(exp2); ONE(expm1); ONE(fabs); ONE(floor); ONE(log); ONE(log10);
    ONE(log1p); ONE(log2); ONE(logb); ONE(nearbyint); ONE(rint); ONE(round); ONE(sin); ONE(sinh); ONE(sqrt); ONE(tan);
    ONE(tanh); ONE(tgamma); ONE(trunc);
    AT(lgamma, 0.5); AT(lgamma, 5); AT(lgamma, INFINITY); AT(ceil, -2.5); AT(round, 2.5); AT(rint, 2.5); AT(nearbyint, 3.5);
    TWO(atan2); AT2(copysign, 0.0, -0.0); TWO(copysign); TWO(fdim); TWO(fmax); TWO(fmin); TWO(fmod); TWO(hypot); TWO(nextafter); TWO(pow);
    TWO(remainder);
    IS(nexttoward, nexttoward(1, 2)); IS(nexttowardf, nexttowardf(1, 2)); IS(nexttowardl, nexttowardl(1, 2));
    IS(fma, fma(2, 3, 4)); IS(fmaf, fmaf(2, 3, 4)); IS(fmal, fmal(2, 3, 4));
    WHOLE(lrint); WHOLE(llrint); WHOLE(lround); WHOLE(llround);
    AT(ilogb, 10.0); AT(ilogb, 0.3); AT(ilogb, 0.0); AT(ilogb, NAN);
    AT2(ldexp, 0.75, 4); AT2(scalbn, 0.75, -4); AT2(scalbln, 0.75, 5);
    IS(scalb, scalb(1.5, 3)); IS(scalbf, scalbf(1.5f, 3));
    IS(significand, significand(12.0)); IS(significandf, significandf(12.0f));
    IS(drem, drem(5, 3)); IS(dremf, dremf(5, 3)); IS(finite, finite(1) && !finite(1 / zero)); IS(finitef, finitef(2));
    IS(frexp, frexp(20, &power)); IS(frexp, power); IS(frexpf, frexpf(0.1f, &power)); IS(frexpf, power);
    IS(frexpl, frexpl(-3, &power)); IS(frexpl, power);
    IS(modf, modf(-2.75, &d)); IS(modf, d); IS(modff, modff(2.75f, &f)); IS(modff, f); IS(modfl, modfl(2.75L, &l)); IS(modfl, l);
    IS(remquo, remquo(7, 2, &power)); IS(remquo, power & 7); IS(remquof, remquof(-7, 2, &power)); IS(remquof, power & 7);
    IS(remquol, remquol(7, 3, &power)); IS(remquol, power & 7);
    DOES(sincos, sincos(0.5, &d, (double *)&l), d); DOES(sincosf, { float c; sincosf(0.5f, &f, &c); f += c; }, f);
    DOES(sincosl, { long double c; sincosl(0.5L, &l, &c); l += c; }, l);
    IS(lgamma_r, lgamma_r(-0.5, &power)); IS(lgamma_r, power); IS(lgammaf_r, lgammaf_r(-1.5f, &power)); IS(lgammaf_r, power);
    IS(lgammal_r, lgammal_r(-0.5L, &power)); IS(lgammal_r, power);
    DOES(signgam, (void)lgamma(-0.5), signgam); DOES(signgam, (void)lgamma(3.5), signgam);
    IS(j0, j0(1)); IS(j0f, j0f(1)); IS(j1, j1(1)); IS(j1f, j1f(1)); IS(jn, jn(2, 1)); IS(jnf, jnf(2, 1));
    IS(y0, y0(1)); IS(y0f, y0f(1)); IS(y1, y1(1)); IS(y1f, y1f(1)); IS(yn, yn(2, 1)); IS(ynf, ynf(2, 1));
    IS(nan, nan("")); IS(nanf, nanf("")); IS(nanl, nanl(""));
    IS(__fpclassify, __fpclassify(1)); IS(__fpclassify, __fpclassify(zero)); IS(__fpclassify, __fpclassify(1 / zero));
    IS(__fpclassify, __fpclassify(NAN)); IS(__fpclassify, __fpclassify(4e-320));
    IS(__fpclassifyf, __fpclassifyf(1)); IS(__fpclassifyf, __fpclassifyf(NAN)); IS(__fpclassifyf, __fpclassifyf(1e-40f));
    IS(__fpclassifyl, __fpclassifyl(1)); IS(__fpclassifyl, __fpclassifyl(INFINITY)); IS(__fpclassifyl, __fpclassifyl(0));
    IS(__signbit, __signbit(-1) != 0); IS(__signbit, __signbit(-zero) != 0); IS(__signbitf, __signbitf(1) != 0); IS(__signbitl, __signbitl(-1) != 0);
}
