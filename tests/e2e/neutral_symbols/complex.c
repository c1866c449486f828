#include "show.h"

#define AT(name, z) IS(name, name(z)); IS(name##f, name##f(z)); IS(name##l, name##l(z))
#define ONE(name) AT(name, 0.5 + 0.25 * I); AT(name, -1.5 + 2 * I)

void show(void) {
    ONE(cabs);
    ONE(cacos);
    ONE(cacosh);
    ONE(carg);
    ONE(casin);
    ONE(casinh);
    ONE(catan);
    ONE(catanh);
    ONE(ccos);
    ONE(ccosh);
    ONE(cexp);
    ONE(cimag);
    ONE(clog);
    ONE(conj);
    ONE(cproj);
    ONE(creal);
    ONE(csin);
    ONE(csinh);
    ONE(csqrt);
    ONE(ctan);
    ONE(ctanh);
    IS(cpow, cpow(0.5 + I, 2 - I));
    IS(cpowf, cpowf(0.5f + I, 2 - I));
    IS(cpowl, cpowl(0.5L + I, 2 - I));
}
