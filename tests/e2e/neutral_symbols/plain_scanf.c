#include "show.h"

/* The plain names: the headers lead to __isoc99_ ones, but for a program that asks for a standard from before 1999. */
#define PLAIN(name) __asm__(#name)
extern int the_scanf(const char *, ...) PLAIN(scanf), the_fscanf(FILE *, const char *, ...) PLAIN(fscanf), the_sscanf(const char *, const char *, ...) PLAIN(sscanf);
extern int the_vscanf(const char *, va_list) PLAIN(vscanf), the_vfscanf(FILE *, const char *, va_list) PLAIN(vfscanf), the_vsscanf(const char *, const char *, va_list) PLAIN(vsscanf);
extern int the_fwscanf(FILE *, const wchar_t *, ...) PLAIN(fwscanf), the_swscanf(const wchar_t *, const wchar_t *, ...) PLAIN(swscanf), the_wscanf(const wchar_t *, ...) PLAIN(wscanf);
extern int the_vfwscanf(FILE *, const wchar_t *, va_list) PLAIN(vfwscanf), the_vswscanf(const wchar_t *, const wchar_t *, va_list) PLAIN(vswscanf), the_vwscanf(const wchar_t *, va_list) PLAIN(vwscanf);

static FILE *file;
static int number, second;
static int formatted(int (*call)(va_list), ...) { va_list given; va_start(given, call); int result = call(given); va_end(given); return result; }
static int by_vscanf(va_list given) { return the_vscanf("%d%d", given); }
static int by_vfscanf(va_list given) { return the_vfscanf(file, "%d%d", given); }
static int by_vsscanf(va_list given) { return the_vsscanf("7 8", "%d%d", given); }
static int by_vwscanf(va_list given) { return the_vwscanf(L"%d%d", given); }
static int by_vfwscanf(va_list given) { return the_vfwscanf(file, L"%d%d", given); }
static int by_vswscanf(va_list given) { return the_vswscanf(L"7 8", L"%d%d", given); }
static FILE *holding(FILE *stream) {
    FILE *made = fopen("numbers", "w");
    fputs("1 2 3 4 5 6", made);
    fclose(made);
    return stream ? freopen("numbers", "r", stream) : fopen("numbers", "r");
}

void show(void) {
    double d; char word[16];
    IS(sscanf, the_sscanf("12 0x1f 2.5 abc", "%d %i %lf %3s", &number, &second, &d, word));
    IS(sscanf, number + second);
    IS(sscanf, d);
    char *made = NULL;
    BUT(sscanf, the_sscanf("abc", "%as", &made));
    IS(vsscanf, formatted(by_vsscanf, &number, &second));
    IS(vsscanf, number * 10 + second);
    file = holding(NULL);
    IS(fscanf, the_fscanf(file, "%d", &number));
    IS(fscanf, number);
    IS(vfscanf, formatted(by_vfscanf, &number, &second));
    IS(vfscanf, number * 10 + second); fclose(file);
    holding(stdin);
    IS(scanf, the_scanf("%d", &number));
    IS(scanf, number);
    IS(vscanf, formatted(by_vscanf, &number, &second));
    IS(vscanf, number * 10 + second);
    file = holding(NULL);
    IS(fwscanf, the_fwscanf(file, L"%d", &number));
    IS(fwscanf, number);
    IS(vfwscanf, formatted(by_vfwscanf, &number, &second));
    IS(vfwscanf, number * 10 + second); fclose(file);
    IS(swscanf, the_swscanf(L"5", L"%d", &number));
    IS(swscanf, number);
    IS(vswscanf, formatted(by_vswscanf, &number, &second));
    IS(vswscanf, number * 10 + second);
    holding(stdin);
    IS(wscanf, the_wscanf(L"%d", &number));
    IS(wscanf, number);
    IS(vwscanf, formatted(by_vwscanf, &number, &second));
    IS(vwscanf, number * 10 + second);
}
