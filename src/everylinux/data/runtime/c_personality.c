/* The same for C that has something to clean up (GCC manual, Common Variable Attributes, `cleanup`; `-fexceptions`). */
#if !defined(__arm__) /* another protocol (ARM EHABI): zig's own stays */
#include "other.h"
#define __gcc_personality_v0 __everylinux_c_personality
#include "gcc_personality_v0.c"
#undef __gcc_personality_v0

_Unwind_Reason_Code __gcc_personality_v0(int version, _Unwind_Action actions, uint64_t kind,
                                         struct _Unwind_Exception *exception, struct _Unwind_Context *context) {
    context = context_from(__builtin_return_address(0), context, exception);
    return __everylinux_c_personality(version, actions, kind, exception, context);
}
#endif
