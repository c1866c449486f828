/* Linked into every neutral module, and seen by nobody outside of it: functions that C++'s library for glibc and others'
   sources ask for and that musl does not have, or has with another meaning, made from such as mean the same in both. */
#define HERE __attribute__((visibility("hidden")))

extern int __xpg_strerror_r(int number, char *text, __SIZE_TYPE__ size);

/* glibc's: returns the text (glibc manual, Error Messages). */
HERE char *strerror_r(int number, char *text, __SIZE_TYPE__ size) {
    __xpg_strerror_r(number, text, size);
    return text;
}

/* glibc's alone. Of a locale only what it counts as white space could matter, and no locale of either libc differs in
   that; musl's own port of C++'s library does the same. */
extern long long strtoll(const char *, char **, int);
extern unsigned long long strtoull(const char *, char **, int);

HERE long long strtoll_l(const char *text, char **end, int base, void *locale) {
    (void)locale;
    return strtoll(text, end, base);
}

HERE unsigned long long strtoull_l(const char *text, char **end, int base, void *locale) {
    (void)locale;
    return strtoull(text, end, base);
}

/* C++'s library for glibc looks into a locale: at the tables of character classes that glibc keeps there
   (bits/types/__locale_t.h). musl's own locale is six pointers (src/internal/locale_impl.h), and its functions look at
   these alone; so on musl what is handed out has both. freelocale frees it: musl's takes all but its own static ones for
   memory of malloc. */
extern void *__newlocale(int mask, const char *name, void *base);
extern const unsigned short **__ctype_b_loc(void);
extern const int **__ctype_tolower_loc(void);
extern const int **__ctype_toupper_loc(void);
extern void *calloc(__SIZE_TYPE__ count, __SIZE_TYPE__ size);
extern const char *gnu_get_libc_release(void) __attribute__((weak)); /* glibc's alone: tells which libc the process has */

struct glibc_locale {
    void *categories[13];
    const unsigned short *classes;
    const int *lower, *upper;
    const char *names[13];
};

HERE void *newlocale(int mask, const char *name, void *base) {
    void **own = __newlocale(mask, name, base);
    struct glibc_locale *both;
    if (own == 0 || own == base || gnu_get_libc_release != 0) return own;
    both = calloc(1, sizeof *both);
    if (both == 0) return 0;
    for (int category = 0; category < 6; category++) both->categories[category] = own[category];
    both->classes = *__ctype_b_loc();
    both->lower = *__ctype_tolower_loc();
    both->upper = *__ctype_toupper_loc();
    return both;
}

/* CPU_ALLOC and CPU_FREE of glibc's sched.h (posix/sched_cpualloc.c, sched_cpufree.c). */
extern void *malloc(__SIZE_TYPE__ size);
extern void free(void *memory);

HERE void *__sched_cpualloc(__SIZE_TYPE__ count) {
    __SIZE_TYPE__ bits = 8 * sizeof(unsigned long);
    return malloc((count + bits - 1) / bits * sizeof(unsigned long));
}

HERE void __sched_cpufree(void *set) { free(set); }

/* Who asks for the release looks for faults of older ones. musl has none of them, and calls itself by no number: what is
   answered there reads as one that is newer than all, and says why. _CS_GNU_LIBC_VERSION: "glibc 2.36" (confstr(3)). */
extern __SIZE_TYPE__ confstr(int name, char *text, __SIZE_TYPE__ size);

HERE const char *gnu_get_libc_version(void) {
    static char text[64];
    const int name = 2, prefix = sizeof "glibc ";
    return confstr(name, text, sizeof text) > prefix ? text + prefix - 1 : "2.99 (musl)";
}

/* glibc tells of its own heap (mallinfo(3), malloc_trim(3), mallopt(3)). Where that is not, nothing is in it, nothing is
   given back, and no parameter of it is known. A weak dlsym does not stand in the way of a library that leaves nothing
   open (--no-undefined). */
extern void *dlsym(void *handle, const char *name) __attribute__((weak));

static void *own(const char *name) { return dlsym ? dlsym(0, name) : 0; }

struct glibc_heap {
    int numbers[10];
};

HERE struct glibc_heap mallinfo(void) {
    struct glibc_heap (*known)(void) = own("mallinfo");
    return known ? known() : (struct glibc_heap){{0}};
}

HERE int malloc_trim(__SIZE_TYPE__ kept) {
    int (*known)(__SIZE_TYPE__) = own("malloc_trim");
    return known ? known(kept) : 0;
}

HERE int mallopt(int parameter, int value) {
    int (*known)(int, int) = own("mallopt");
    return known ? known(parameter, value) : 0;
}

/* musl has no set of processors for a thread that is yet to be: it says so, as it does of what it lacks in sched.h, and
   the thread runs where it may (pthread_attr_setaffinity_np(3)). ENOSYS of Linux. */
HERE int pthread_attr_setaffinity_np(void *attributes, __SIZE_TYPE__ size, const void *set) {
    const int not_there = 38;
    int (*known)(void *, __SIZE_TYPE__, const void *) = own("pthread_attr_setaffinity_np");
    return known ? known(attributes, size, set) : not_there;
}

/* Regular expressions. Both libcs take the same flags and give the same numbers of errors. They differ in where regcomp
   leaves the number of groups (glibc's re_nsub is the seventh word of regex_t, which musl keeps free, musl's the first;
   what musl makes of a pattern is in the second) and in a place of a match: int with glibc, long with musl (include/
   regex.h of both). What regexec leaves alone, as with REG_NOSUB, stays as it was. */
enum { groups_of_musl = 0, groups_of_glibc = 6, on_the_stack = 16, no_memory = 12 /* REG_ESPACE */ };
struct match {
    int start, end;
};
struct wide_match {
    long start, end;
};
typedef int (*matcher)(const void *expression, const char *text, __SIZE_TYPE__ count, void *matches, int flags);

HERE int regcomp(__SIZE_TYPE__ *expression, const char *pattern, int flags) {
    int (*known)(void *, const char *, int) = own("regcomp");
    int problem = known ? known(expression, pattern, flags) : no_memory;
    if (problem == 0 && gnu_get_libc_release == 0) expression[groups_of_glibc] = expression[groups_of_musl];
    return problem;
}

HERE int regexec(const void *expression, const char *text, __SIZE_TYPE__ count, struct match *matches, int flags) {
    struct wide_match some[on_the_stack], *wide = some;
    matcher known = own("regexec");
    int problem;
    if (known == 0) return no_memory;
    /* With REG_NOSUB there need be no places (regexec(3)). */
    if (gnu_get_libc_release != 0 || count == 0 || matches == 0) return known(expression, text, count, matches, flags);
    if (count > on_the_stack) wide = count <= (__SIZE_TYPE__)-1 / sizeof *wide ? malloc(count * sizeof *wide) : 0;
    if (wide == 0) return no_memory;
    for (__SIZE_TYPE__ i = 0; i < count; i++) wide[i] = (struct wide_match){matches[i].start, matches[i].end};
    problem = known(expression, text, count, wide, flags);
    for (__SIZE_TYPE__ i = 0; i < count; i++) matches[i] = (struct match){(int)wide[i].start, (int)wide[i].end};
    if (wide != some) free(wide);
    return problem;
}

HERE __SIZE_TYPE__ regerror(int problem, const void *expression, char *text, __SIZE_TYPE__ size) {
    __SIZE_TYPE__ (*known)(int, const void *, char *, __SIZE_TYPE__) = own("regerror");
    if (known == 0 && size > 0) *text = 0;
    return known ? known(problem, expression, text, size) : 1;
}

HERE void regfree(void *expression) {
    void (*known)(void *) = own("regfree");
    if (known) known(expression);
}
