/* An extension of Python without Python's headers; what it does is chosen by macros. Layouts: moduleobject.h. */
#define NAMED_(name) PyInit_##name
#define NAMED(name) NAMED_(name)
#ifndef NAME
#define NAME m
#endif

struct base { long references; void *type; void *(*init)(void); long index; void *copy; };
struct definition {
    struct base base;
    const char *name, *documentation;
    long size;
    void *methods, *slots, *traverse, *clear, *free;
};
extern void *PyModule_Create2(struct definition *, int);
extern int printf(const char *, ...);
extern int fflush(void *);
extern _Noreturn void _exit(int);
extern int raise(int);

#ifdef CALL
extern void *CALL();
void *(*called)() = CALL;
#endif

static struct definition definition = {.base = {.references = 1}, .name = "m", .size = -1};

void *NAMED(NAME)(void) {
#ifdef SIGNAL
    raise(SIGNAL);
#endif
#ifdef EXIT
    _exit(EXIT);
#endif
#ifdef HANG
    for (;;) __asm__ volatile("");
#endif
#ifdef SAY
    printf("%s\n", SAY);
    fflush(0);
    raise(11);
#endif
    return PyModule_Create2(&definition, 1013);
}
