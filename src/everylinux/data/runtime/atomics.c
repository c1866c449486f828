/* What compilers ask for where an atomic object is larger than what a processor exchanges at once: GCC has it in libatomic,
   zig's library on every CPU but 32-bit ARM. Names and arguments are those of GCC's wiki (Atomic/GCCMM/LIbrary). An object that
   the processor does exchange at once is left to it, as wherever else it is touched. */
#if defined(__arm__)
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LOCKS = 64, LINE = 64 };
static char locks[LOCKS];

static char *lock_of(const void *object) {
    char *lock = &locks[(uintptr_t)object / LINE % LOCKS];
    while (__atomic_test_and_set(lock, __ATOMIC_ACQUIRE)) sched_yield();
    return lock;
}

static void unlock(char *lock) { __atomic_clear(lock, __ATOMIC_RELEASE); }

static bool is_whole(size_t size, const void *object) { return (uintptr_t)object % size == 0; }

void load(size_t size, const void *object, void *value, int order) __asm__("__atomic_load");
void store(size_t size, void *object, const void *value, int order) __asm__("__atomic_store");
void exchange(size_t size, void *object, const void *value, void *old, int order) __asm__("__atomic_exchange");
bool compare_exchange(size_t size, void *object, void *expected, const void *desired, int order, int otherwise)
    __asm__("__atomic_compare_exchange");

/* The same for each size of an integer; every order is the strongest. */
#define FOR_EACH_SIZE(size, object, DO)                                                                                        \
    if ((size) == 1) DO(uint8_t)                                                                                               \
    if ((size) == 2 && is_whole(size, object)) DO(uint16_t)                                                                    \
    if ((size) == 4 && is_whole(size, object)) DO(uint32_t)                                                                    \
    if ((size) == 8 && is_whole(size, object)) DO(uint64_t)

void load(size_t size, const void *object, void *value, int order) {
#define DO(type) { type found = __atomic_load_n((const type *)object, __ATOMIC_SEQ_CST); memcpy(value, &found, size); return; }
    FOR_EACH_SIZE(size, object, DO)
#undef DO
    char *lock = lock_of(object);
    memcpy(value, object, size);
    unlock(lock);
}

void store(size_t size, void *object, const void *value, int order) {
#define DO(type) { type wanted; memcpy(&wanted, value, size); __atomic_store_n((type *)object, wanted, __ATOMIC_SEQ_CST); return; }
    FOR_EACH_SIZE(size, object, DO)
#undef DO
    char *lock = lock_of(object);
    memcpy(object, value, size);
    unlock(lock);
}

void exchange(size_t size, void *object, const void *value, void *old, int order) {
#define DO(type)                                                                                                               \
    {                                                                                                                          \
        type wanted;                                                                                                           \
        memcpy(&wanted, value, size);                                                                                          \
        wanted = __atomic_exchange_n((type *)object, wanted, __ATOMIC_SEQ_CST);                                                \
        memcpy(old, &wanted, size);                                                                                            \
        return;                                                                                                                \
    }
    FOR_EACH_SIZE(size, object, DO)
#undef DO
    char *lock = lock_of(object), *here = object, *there = old;
    for (size_t index = 0; index < size; index++) { /* the value may stand where the old one goes */
        const char wanted = ((const char *)value)[index];
        there[index] = here[index];
        here[index] = wanted;
    }
    unlock(lock);
}

bool compare_exchange(size_t size, void *object, void *expected, const void *desired, int order, int otherwise) {
#define DO(type)                                                                                                               \
    {                                                                                                                          \
        type wanted, found;                                                                                                    \
        memcpy(&wanted, desired, size);                                                                                        \
        memcpy(&found, expected, size);                                                                                        \
        bool same = __atomic_compare_exchange_n((type *)object, &found, wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);    \
        memcpy(expected, &found, size);                                                                                        \
        return same;                                                                                                           \
    }
    FOR_EACH_SIZE(size, object, DO)
#undef DO
    char *lock = lock_of(object);
    const bool same = memcmp(object, expected, size) == 0;
    memcpy(same ? object : expected, same ? desired : object, size);
    unlock(lock);
    return same;
}
#endif
