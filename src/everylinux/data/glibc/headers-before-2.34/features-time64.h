/* Which time_t there is before glibc 2.34, which brought _TIME_BITS (its NEWS): the CPU's own, whatever that says. The
   headers that come with zig are those of 2.42, whichever glibc is aimed at, and lead to functions such as
   __fstat64_time64 that an older one does not have. 2026-11-23. */
#include <bits/timesize.h>
#if __TIMESIZE == 64
#define __USE_TIME_BITS64 1
#endif
