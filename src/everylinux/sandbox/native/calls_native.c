/* The numbers of the machine's own ABI. */
#include <asm/unistd.h>

#define CALLS_NAME native_calls
#if defined(__x86_64__)
#define CALLS_ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define CALLS_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif
#include "calls.h"
