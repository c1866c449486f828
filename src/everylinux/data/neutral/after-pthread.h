/* Follows glibc's pthread.h. Its macros for what a thread does when it is cancelled ask for functions of glibc's own in C;
   in C++ they count on the stack being unwound, which musl does not do then. The older functions are in both, under the
   same names (glibc nptl/cleanup_compat.c, musl src/thread/pthread_cleanup_push.c); glibc's place for one has four words,
   musl's uses three of them. An exception that leaves the block calls what was pushed, as with glibc's. */
#ifndef GLIBC_OR_MUSL_CLEANUP
#define GLIBC_OR_MUSL_CLEANUP
#ifdef __cplusplus
extern "C" {
#endif
extern void _pthread_cleanup_push(struct _pthread_cleanup_buffer *, void (*)(void *), void *);
extern void _pthread_cleanup_pop(struct _pthread_cleanup_buffer *, int);
#ifdef __cplusplus
}
class GlibcOrMuslCleanup {
    struct _pthread_cleanup_buffer place;
    int execute;

public:
    GlibcOrMuslCleanup(void (*routine)(void *), void *argument) : execute(1) {
        _pthread_cleanup_push(&place, routine, argument);
    }
    ~GlibcOrMuslCleanup() { _pthread_cleanup_pop(&place, execute); }
    void leave(int wanted) { execute = wanted; }
};
#endif
#endif
#undef pthread_cleanup_push
#undef pthread_cleanup_pop
#undef pthread_cleanup_push_defer_np
#undef pthread_cleanup_pop_restore_np
#ifdef __cplusplus
#define pthread_cleanup_push(routine, argument) \
    do { \
        GlibcOrMuslCleanup cleanup_pushed(routine, argument)
#define pthread_cleanup_pop(execute) \
        cleanup_pushed.leave(execute); \
    } while (0)
#else
#define pthread_cleanup_push(routine, argument) \
    do { \
        struct _pthread_cleanup_buffer cleanup_pushed; \
        _pthread_cleanup_push(&cleanup_pushed, (routine), (argument))
#define pthread_cleanup_pop(execute) \
        _pthread_cleanup_pop(&cleanup_pushed, (execute)); \
    } while (0)
#endif
