/* The exceptions that a thread has thrown and caught (Itanium C++ ABI, Exception Handling, 2.2.2). zig's libc++ is inside of each
   program and library; a program and the libraries that it is linked with have to have these in common, so that a library
   knows which exception its caller is handling (`throw;`, std::current_exception) and both count the same. */
#include "cxa_exception.h"

using __cxxabiv1::__cxa_eh_globals;

extern "C" {

/* Weak: Clang would take a strong one into its callers. */
__attribute__((visibility("default"), weak)) __cxa_eh_globals *everylinux_exception_globals() {
    static __thread __cxa_eh_globals globals;
    return &globals;
}

__cxa_eh_globals *__cxa_get_globals() { return everylinux_exception_globals(); }

__cxa_eh_globals *__cxa_get_globals_fast() { return everylinux_exception_globals(); }
}
