/* Linked into every neutral module, and seen by nobody outside of it: functions that C++'s library for glibc asks for and
   that musl does not have, or has with another meaning, made from such as mean the same in both. */
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
extern const char *gnu_get_libc_version(void) __attribute__((weak));

struct glibc_locale {
    void *categories[13];
    const unsigned short *classes;
    const int *lower, *upper;
    const char *names[13];
};

HERE void *newlocale(int mask, const char *name, void *base) {
    void **own = __newlocale(mask, name, base);
    struct glibc_locale *both;
    if (own == 0 || own == base || gnu_get_libc_version != 0) return own;
    both = calloc(1, sizeof *both);
    if (both == 0) return 0;
    for (int category = 0; category < 6; category++) both->categories[category] = own[category];
    both->classes = *__ctype_b_loc();
    both->lower = *__ctype_tolower_loc();
    both->upper = *__ctype_toupper_loc();
    return both;
}
