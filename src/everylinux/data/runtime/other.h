/* GCC's own unwinder beside LLVM's, in a program or library for glibc.

   glibc unwinds a thread that ends (pthread_exit, pthread_cancel) by libgcc_s, which it opens itself (glibc
   sysdeps/nptl/unwind-link.c). That asks each frame's language what is to be done (Itanium C++ ABI, Exception Handling,
   1.6), and hands it a context that LLVM's functions would read as their own. So a question about such a context goes
   to the unwinder that made it: its context has the lowest bit of its address set meanwhile, which no real one has. */
#include <stdint.h>
#include <unwind.h>

/* As the linker sees them: names that no program has for its own (ISO C, 7.1.3). */
#define context_from __everylinux_context_from
#define other_unwinder __everylinux_other_unwinder

#ifdef __cplusplus
extern "C" {
#endif

struct OtherUnwinder {
    uintptr_t (*language_data)(struct _Unwind_Context *);
    uintptr_t (*region_start)(struct _Unwind_Context *);
    uintptr_t (*instruction)(struct _Unwind_Context *);
    void (*set_register)(struct _Unwind_Context *, int, uintptr_t);
    void (*set_instruction)(struct _Unwind_Context *, uintptr_t);
    void (*resume)(struct _Unwind_Exception *);
    _Unwind_Reason_Code (*rethrow)(struct _Unwind_Exception *);
};
extern struct OtherUnwinder other_unwinder;

/* Returns a context as the functions below want it, and remembers whose exception it is. `caller` is where the personality
   returns to: into the unwinder that made the context. */
struct _Unwind_Context *context_from(const void *caller, struct _Unwind_Context *context,
                                     struct _Unwind_Exception *exception);

static inline struct _Unwind_Context *made_by_other(struct _Unwind_Context *context) {
    return (uintptr_t)context & 1 ? (struct _Unwind_Context *)((uintptr_t)context - 1) : 0;
}

static inline uintptr_t language_data_of(struct _Unwind_Context *context) {
    struct _Unwind_Context *others = made_by_other(context);
    /* Of another type in Clang's own header, which may be the one that is found. */
    return others ? other_unwinder.language_data(others) : (uintptr_t)_Unwind_GetLanguageSpecificData(context);
}

static inline uintptr_t region_start_of(struct _Unwind_Context *context) {
    struct _Unwind_Context *others = made_by_other(context);
    return others ? other_unwinder.region_start(others) : _Unwind_GetRegionStart(context);
}

static inline uintptr_t instruction_of(struct _Unwind_Context *context) {
    struct _Unwind_Context *others = made_by_other(context);
    return others ? other_unwinder.instruction(others) : _Unwind_GetIP(context);
}

static inline void set_register_of(struct _Unwind_Context *context, int index, uintptr_t value) {
    struct _Unwind_Context *others = made_by_other(context);
    others ? other_unwinder.set_register(others, index, value) : _Unwind_SetGR(context, index, value);
}

static inline void set_instruction_of(struct _Unwind_Context *context, uintptr_t value) {
    struct _Unwind_Context *others = made_by_other(context);
    others ? other_unwinder.set_instruction(others, value) : _Unwind_SetIP(context, value);
}

#ifdef __cplusplus
}
#endif

#define _Unwind_GetLanguageSpecificData language_data_of
#define _Unwind_GetRegionStart region_start_of
#define _Unwind_GetIP instruction_of
#define _Unwind_SetGR set_register_of
#define _Unwind_SetIP set_instruction_of
