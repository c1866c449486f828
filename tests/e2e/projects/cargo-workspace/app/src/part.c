#include <stdio.h>

/* Which libc compiled this, as the libc itself says. */
const char *libc_name(void) {
#ifdef __GLIBC__
    return "glibc";
#else
    return "another libc";
#endif
}
