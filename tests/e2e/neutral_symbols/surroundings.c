#include "show.h"
#include <fenv.h>

/* The state of the unit that counts with floating point. */
static volatile double zero, three = 3;
/* The exceptions that the unit itself has noted, where it is read without a function. */
static unsigned noted(void) {
    unsigned found = 0;
#ifdef __s390x__
    __asm__ volatile("efpc %0" : "=d"(found));
#endif
    return found & 0xf80000;
}

void show(void) {
    fenv_t kept; fexcept_t flags;
    IS(feclearexcept, feclearexcept(FE_ALL_EXCEPT));
    IS(fetestexcept, fetestexcept(FE_ALL_EXCEPT));
    DOES(fetestexcept, zero = 1 / (zero * 0), fetestexcept(FE_DIVBYZERO) == FE_DIVBYZERO); zero = 0;
    IS(feclearexcept, (three = 3 / three, feclearexcept(FE_ALL_EXCEPT), noted())); three = 3;
    feclearexcept(FE_ALL_EXCEPT);
    IS(feraiseexcept, feraiseexcept(FE_INVALID));
    IS(feraiseexcept, fetestexcept(FE_INVALID | FE_OVERFLOW) == FE_INVALID);
    IS(fegetexceptflag, fegetexceptflag(&flags, FE_ALL_EXCEPT));
    IS(fegetexceptflag, flags != 0); feclearexcept(FE_ALL_EXCEPT);
    IS(fesetexceptflag, fesetexceptflag(&flags, FE_ALL_EXCEPT));
    IS(fesetexceptflag, fetestexcept(FE_INVALID) == FE_INVALID);
    feclearexcept(FE_ALL_EXCEPT);
    IS(fegetround, fegetround() == FE_TONEAREST);
    IS(fesetround, fesetround(FE_UPWARD));
    IS(fesetround, (1 / three) * 3 > 1);
    IS(fegetround, fegetround() == FE_UPWARD);
    IS(fesetround, fesetround(FE_TOWARDZERO));
    IS(fegetround, fegetround() == FE_TOWARDZERO);
    IS(fegetenv, fegetenv(&kept)); fesetround(FE_TONEAREST);
    IS(fesetenv, fesetenv(&kept));
    IS(fesetenv, fegetround() == FE_TOWARDZERO);
    IS(fesetenv, fesetenv(FE_DFL_ENV));
    IS(fesetenv, fegetround() == FE_TONEAREST);
    feraiseexcept(FE_DIVBYZERO);
    IS(feholdexcept, feholdexcept(&kept));
    IS(feholdexcept, fetestexcept(FE_ALL_EXCEPT));
    feraiseexcept(FE_INVALID);
    IS(feupdateenv, feupdateenv(&kept));
    IS(feupdateenv, fetestexcept(FE_INVALID | FE_DIVBYZERO) == (FE_INVALID | FE_DIVBYZERO)); feclearexcept(FE_ALL_EXCEPT);
}
