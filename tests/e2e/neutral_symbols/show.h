/* What a group of symbols does, line by line: "symbol: what it gives". A group is a neutral module with one function,
   show(), which a program of either libc calls (host.c); what it writes has to be the same on both. */
#define _GNU_SOURCE 1
#include <complex.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

/* A name is the library's function, never a macro of the header's: the test looks for it among the undefined symbols. */
static inline void show_failure(int number) { printf(" (%d)\n", number); }

static inline void show_number(const char *symbol, int number, long long value) {
    printf("%s: %lld", symbol, value);
    if (value == -1) show_failure(number); else printf("\n");
}

static inline void show_text(const char *symbol, int number, const char *value) {
    printf("%s: %s", symbol, value ? value : "none");
    if (!value) show_failure(number); else printf("\n");
}

static inline void show_wide(const char *symbol, int number, const wchar_t *value) {
    printf("%s:", symbol);
    for (; value && *value; value++) printf(" %x", (unsigned)*value);
    if (!value) show_failure(number); else printf("\n");
}

static inline void show_pointer(const char *symbol, int number, const volatile void *value) {
    printf("%s: %s", symbol, value ? "there" : "none");
    if (!value) show_failure(number); else printf("\n");
}

/* Digits beyond these are each library's own; so is the sign of what is not a number. */
static inline void show_floating(const char *symbol, int digits, long double value) {
    if (value != value) printf("%s: nan\n", symbol); else printf("%s: %.*Lg\n", symbol, digits, value);
}

static inline void show_float(const char *symbol, int number, float value) { (void)number; show_floating(symbol, 5, value); }
static inline void show_double(const char *symbol, int number, double value) { (void)number; show_floating(symbol, 12, value); }
static inline void show_long(const char *symbol, int number, long double value) { (void)number; show_floating(symbol, 14, value); }

static inline void show_complex(const char *symbol, int number, double _Complex value) {
    (void)number;
    printf("%s: %.5g %.5g\n", symbol, __real__ value, __imag__ value);
}

static inline void show_long_complex(const char *symbol, int number, long double _Complex value) {
    show_complex(symbol, number, (double _Complex)value);
}

#define IS(symbol, expression) \
    do { \
        errno = 0; \
        __auto_type shown_value = (expression); \
        int shown_error = errno; \
        _Generic(shown_value, \
            char *: show_text, const char *: show_text, wchar_t *: show_wide, const wchar_t *: show_wide, \
            void *: show_pointer, const void *: show_pointer, FILE *: show_pointer, DIR *: show_pointer, \
            float: show_float, double: show_double, long double: show_long, \
            float _Complex: show_complex, double _Complex: show_complex, long double _Complex: show_long_complex, \
            default: show_number)(#symbol, shown_error, shown_value); \
    } while (0)
/* In what corner the two differ, of a symbol that means the same otherwise. */
#define BUT(symbol, expression) \
    do { \
        printf("but "); \
        IS(symbol, expression); \
    } while (0)
/* What a function without a result leaves. */
#define DOES(symbol, action, expression) do { action; IS(symbol, expression); } while (0)

__attribute__((visibility("default"))) void show(void);
