/* What C++'s library says to the unwinder of a frame, LLVM's, but for a thread that ends (pthread_exit, pthread_cancel).
   glibc unwinds that thread by GCC's own unwinder (libgcc_s, glibc nptl/unwind.c), whose frames LLVM's
   library, which is inside of the module, would read as its own. It is told that nothing is to be done here: destructors
   of such a thread are not run, which is so on musl, too (musl src/thread/pthread_cancel.c). */
#if !defined(__arm__) /* another protocol (ARM EHABI): zig's own stays */
#define __gxx_personality_v0 __everylinux_cxx_personality
#include "cxa_personality.cpp"
#undef __gxx_personality_v0

extern "C" _Unwind_Reason_Code __gxx_personality_v0(int version, _Unwind_Action actions, uint64_t kind,
                                                    _Unwind_Exception *exception, _Unwind_Context *context) {
    if (actions & _UA_FORCE_UNWIND) return _URC_CONTINUE_UNWIND;
    return __cxxabiv1::__everylinux_cxx_personality(version, actions, kind, exception, context);
}
#endif
