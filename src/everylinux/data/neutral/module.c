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
