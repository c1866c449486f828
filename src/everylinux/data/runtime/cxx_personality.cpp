/* What C++'s library says to the unwinder of a frame, LLVM's, to whichever unwinder asks (other.h). */
#if !defined(__arm__) /* another protocol (ARM EHABI): zig's own stays */
#include "other.h"
#define __gxx_personality_v0 __everylinux_cxx_personality
#include "cxa_personality.cpp"
#undef __gxx_personality_v0

extern "C" _Unwind_Reason_Code __gxx_personality_v0(int version, _Unwind_Action actions, uint64_t kind,
                                                    _Unwind_Exception *exception, _Unwind_Context *context) {
    context = context_from(__builtin_return_address(0), context, exception);
    return __cxxabiv1::__everylinux_cxx_personality(version, actions, kind, exception, context);
}
#endif
