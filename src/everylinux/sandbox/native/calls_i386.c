/* The numbers of i386, which an x86_64 kernel serves too. */
#if defined(__x86_64__)
#include <asm/unistd_32.h>

#define CALLS_NAME i386_calls
#define CALLS_ARCHITECTURE AUDIT_ARCH_I386
#include "calls.h"
#endif
