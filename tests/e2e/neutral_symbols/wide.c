#include "show.h"
#include <inttypes.h>
#include <uchar.h>

extern size_t __wcsxfrm_l(wchar_t *, const wchar_t *, size_t, locale_t);
extern int __wcscoll_l(const wchar_t *, const wchar_t *, locale_t);
extern size_t __wcsftime_l(wchar_t *, size_t, const wchar_t *, const struct tm *, locale_t);
extern int __isoc99_wscanf(const wchar_t *, ...), __isoc99_fwscanf(FILE *, const wchar_t *, ...), __isoc99_swscanf(const wchar_t *, const wchar_t *, ...);
extern int __isoc99_vwscanf(const wchar_t *, va_list), __isoc99_vfwscanf(FILE *, const wchar_t *, va_list), __isoc99_vswscanf(const wchar_t *, const wchar_t *, va_list);

static FILE *file;
static wchar_t line[128];
static const wchar_t *form;
static int formatted(int (*call)(va_list), ...) {
    va_list given;
    va_start(given, call);
    int result = call(given);
    va_end(given);
    return result;
}
static int by_vswprintf(va_list given) { return vswprintf(line, 64, form, given); }
static int by_vfwprintf(va_list given) { return vfwprintf(file, form, given); }
static int by_vwprintf(va_list given) { return vwprintf(form, given); }
static int by_vswscanf(va_list given) { return (vswscanf)(L"7 8", form, given); }
static int by_vfwscanf(va_list given) { return (vfwscanf)(file, form, given); }
static int by_vwscanf(va_list given) { return (vwscanf)(form, given); }
static int by_isoc99_vswscanf(va_list given) { return __isoc99_vswscanf(L"17 18", form, given); }
static int by_isoc99_vfwscanf(va_list given) { return __isoc99_vfwscanf(file, form, given); }
static int by_isoc99_vwscanf(va_list given) { return __isoc99_vwscanf(form, given); }
static int sign(int order) { return (order > 0) - (order < 0); }

/* Streams of wide characters, in a process of their own: a stream stays what it was first used as. */
static void streams(void) {
    wint_t got; int number, second; wchar_t *made; size_t size;
    file = fopen("wide", "w+");
    IS(fwide, fwide(file, 1) > 0);
    IS(fputwc, fputwc(0xe9, file));
    IS(putwc, (putwc)('b', file));
    IS(fputws, fputws(L"cde\n", file) >= 0);
    IS(fputwc_unlocked, fputwc_unlocked('f', file));
    IS(putwc_unlocked, putwc_unlocked('g', file));
    IS(fputws_unlocked, fputws_unlocked(L"hij\n", file) >= 0); form = L"%d %d 5 6\n";
    IS(fwprintf, fwprintf(file, L"%d 2 ", 1));
    IS(vfwprintf, formatted(by_vfwprintf, 3, 4)); rewind(file);
    IS(fgetwc, fgetwc(file));
    IS(getwc, (getwc)(file));
    IS(fgetws, fgetws(line, 64, file));
    IS(fgetwc_unlocked, fgetwc_unlocked(file));
    IS(getwc_unlocked, getwc_unlocked(file));
    IS(ungetwc, ungetwc(got = L'Z', file));
    IS(fgetws_unlocked, fgetws_unlocked(line, 64, file));
    IS(__isoc99_fwscanf, (fwscanf)(file, L"%d", &number));
    IS(__isoc99_fwscanf, number); form = L"%d%d";
    IS(__isoc99_vfwscanf, formatted(by_vfwscanf, &number, &second));
    IS(__isoc99_vfwscanf, number * 10 + second);
    IS(__isoc99_fwscanf, __isoc99_fwscanf(file, L"%d", &number));
    IS(__isoc99_fwscanf, number); form = L"%d";
    IS(__isoc99_vfwscanf, formatted(by_isoc99_vfwscanf, &number));
    IS(__isoc99_vfwscanf, number);
    fclose(file); file = fopen("wide", "w"); fputs("a1 2 3 4 z", file); fclose(file); freopen("wide", "r", stdin);
    IS(getwchar, (getwchar)());
    IS(__isoc99_wscanf, (wscanf)(L"%d", &number));
    IS(__isoc99_wscanf, number);
    IS(__isoc99_vwscanf, formatted(by_vwscanf, &number));
    IS(__isoc99_wscanf, __isoc99_wscanf(L"%d", &number));
    IS(__isoc99_vwscanf, formatted(by_isoc99_vwscanf, &number));
    IS(__isoc99_vwscanf, number);
    IS(getwchar_unlocked, (getwchar_unlocked)());
    file = open_wmemstream(&made, &size); fputws(L"grown", file); fclose(file);
    IS(open_wmemstream, made);
    IS(open_wmemstream, size);
    fflush(stdout); freopen("told", "w", stdout); wprintf(L"%d", 5); form = L"%d"; formatted(by_vwprintf, 6); (putwchar)('c'); putwchar_unlocked('d'); fclose(stdout);
}

void show(void) {
    wchar_t one[64], *end, *state; char text[64]; mbstate_t shift = {0}; const char *from; const wchar_t *wide; char16_t c16; char32_t c32; int status;
    struct tm day = {.tm_year = 120, .tm_mon = 1, .tm_mday = 3, .tm_hour = 4, .tm_wday = 1, .tm_yday = 33};
    locale_t plain = newlocale(LC_ALL_MASK, "C", 0);
    IS(btowc, btowc('a'));
    IS(btowc, btowc(EOF));
    IS(wctob, wctob(L'a'));
    IS(wctob, wctob(0x4e00));
    IS(wcpcpy, wcpcpy(one, L"abc") - one);
    IS(wcpncpy, wcpncpy(one, L"ab", 5) - one);
    IS(wcscasecmp, sign(wcscasecmp(L"aBC", L"AbD")));
    IS(wcscasecmp_l, sign(wcscasecmp_l(L"aBC", L"AbC", plain)));
    IS(wcscat, (wcscpy(one, L"a"), wcscat(one, L"b")));
    IS(wcschr, wcschr(L"hello", L'l'));
    IS(wcscmp, sign(wcscmp(L"a", L"b")));
    IS(wcscoll, sign(wcscoll(L"a", L"B")));
    IS(wcscoll_l, sign(wcscoll_l(L"a", L"B", plain)));
    IS(__wcscoll_l, sign(__wcscoll_l(L"b", L"a", plain)));
    IS(wcscpy, wcscpy(one, L"copied"));
    IS(wcscspn, wcscspn(L"hello", L"l"));
    IS(wcsdup, wcsdup(L"dup"));
    IS(wcslen, (wcslen)(L"four"));
    IS(wcsnlen, wcsnlen(L"four", 2));
    IS(wcsncasecmp, sign(wcsncasecmp(L"abX", L"ABy", 2)));
    IS(wcsncasecmp_l, sign(wcsncasecmp_l(L"abX", L"ABy", 3, plain)));
    IS(wcsncat, wcsncat(one, L"xyz", 2));
    IS(wcsncmp, wcsncmp(L"abc", L"abd", 2));
    IS(wcsncpy, wcsncpy(one, L"ab", 5));
    IS(wcspbrk, wcspbrk(L"hello", L"lo"));
    IS(wcsrchr, wcsrchr(L"hello", L'l'));
    IS(wcsspn, wcsspn(L"hello", L"he"));
    IS(wcsstr, wcsstr(L"haystack", L"st"));
    IS(wcswcs, wcswcs(L"haystack", L"ck"));
    wcscpy(one, L"a b");
    IS(wcstok, wcstok(one, L" ", &state));
    IS(wcstok, wcstok(NULL, L" ", &state));
    IS(wcstod, wcstod(L"1.5e2x", &end));
    IS(wcstod, end);
    IS(wcstof, wcstof(L"2.5", &end));
    IS(wcstold, wcstold(L"2.5", &end));
    IS(wcstol, wcstol(L"0x1f", &end, 0));
    IS(wcstoll, wcstoll(L"-9", &end, 10));
    IS(wcstoul, wcstoul(L"77", &end, 8));
    IS(wcstoull, wcstoull(L"9", &end, 10));
    IS(wcstoimax, wcstoimax(L"11", &end, 2));
    IS(wcstoumax, wcstoumax(L"12", &end, 10));
    IS(wcsxfrm, wcsxfrm(one, L"abc", 64));
    IS(wcsxfrm_l, wcsxfrm_l(one, L"abcd", 64, plain));
    IS(__wcsxfrm_l, __wcsxfrm_l(one, L"ab", 64, plain));
    IS(wcsftime, wcsftime(one, 64, L"%Y-%m-%d %A", &day));
    IS(wcsftime, (wchar_t *)one);
    IS(wcsftime_l, wcsftime_l(one, 64, L"%H:%M", &day, plain));
    IS(__wcsftime_l, __wcsftime_l(one, 64, L"%j", &day, plain));
    IS(wmemchr, wmemchr(L"abc", L'b', 3));
    IS(wmemcmp, sign(wmemcmp(L"ab", L"ac", 2)));
    IS(wmemcpy, wmemcpy(one, L"abc", 4));
    IS(wmemmove, wmemmove(one + 1, one, 3) - one);
    IS(wmemset, *wmemset(one, L'x', 3));
    IS(wcwidth, wcwidth(L'a'));
    IS(wcwidth, wcwidth(0));
    IS(wcswidth, wcswidth(L"abc", 3));
    IS(swprintf, swprintf(one, 64, L"%d %ls %s %.2f", 1, L"w", "n", 2.5));
    IS(swprintf, (wchar_t *)one);
    IS(swprintf, swprintf(one, 2, L"long") < 0); form = L"%d";
    IS(vswprintf, formatted(by_vswprintf, 12));
    IS(__isoc99_swscanf, (swscanf)(L"12 ab", L"%d %ls", &status, one));
    IS(__isoc99_swscanf, status); form = L"%d";
    IS(__isoc99_vswscanf, formatted(by_vswscanf, &status));
    IS(__isoc99_vswscanf, status);
    IS(__isoc99_swscanf, __isoc99_swscanf(L"13", L"%d", &status));
    IS(__isoc99_vswscanf, formatted(by_isoc99_vswscanf, &status));
    IS(__isoc99_vswscanf, status);
    /* Several bytes to a character. */
    IS(setlocale, setlocale(LC_CTYPE, "C.UTF-8"));
    IS(mblen, (mblen)("\xc3\xa9", 3));
    IS(mblen, (mblen)("\xff", 1));
    IS(mbtowc, mbtowc(one, "\xe2\x82\xac", 4));
    IS(mbtowc, one[0]);
    IS(wctomb, wctomb(text, 0x20ac));
    IS(wctomb, (text[3] = 0, (char *)text));
    IS(mbrlen, mbrlen("\xc3\xa9", 2, &shift));
    IS(mbrlen, mbrlen("\xc3", 1, &shift));
    IS(mbsinit, mbsinit(&shift) != 0); memset(&shift, 0, sizeof shift);
    IS(mbrtowc, mbrtowc(one, "\xf0\x9f\x98\x80", 4, &shift));
    IS(mbrtowc, one[0]);
    IS(mbrtowc, mbrtowc(one, "\xe2\x82", 2, &shift)); memset(&shift, 0, sizeof shift);
    IS(mbrtowc, mbrtowc(one, "\xff", 1, &shift)); memset(&shift, 0, sizeof shift);
    IS(wcrtomb, wcrtomb(text, 0xe9, &shift));
    IS(wcrtomb, wcrtomb(text, 0xd800, &shift)); memset(&shift, 0, sizeof shift);
    IS(mbstowcs, mbstowcs(one, "a\xc3\xa9", 64));
    IS(mbstowcs, (wchar_t *)one);
    IS(wcstombs, wcstombs(text, L"\x20ac!", 64));
    IS(wcstombs, (char *)text); from = "a\xc3\xa9z";
    IS(mbsrtowcs, mbsrtowcs(one, &from, 64, &shift));
    IS(mbsrtowcs, from == NULL); from = "abc\xc3\xa9";
    IS(mbsnrtowcs, mbsnrtowcs(one, &from, 2, 64, &shift)); wide = L"a\xe9";
    IS(wcsrtombs, wcsrtombs(text, &wide, 64, &shift)); wide = L"abc";
    IS(wcsnrtombs, wcsnrtombs(text, &wide, 2, 64, &shift));
    IS(mbrtoc16, mbrtoc16(&c16, "\xf0\x9f\x98\x80", 4, &shift));
    IS(mbrtoc16, c16);
    IS(mbrtoc16, mbrtoc16(&c16, "", 1, &shift));
    IS(mbrtoc16, c16); memset(&shift, 0, sizeof shift);
    IS(mbrtoc32, mbrtoc32(&c32, "\xc3\xa9", 2, &shift));
    IS(mbrtoc32, c32);
    IS(c16rtomb, c16rtomb(text, 0xe9, &shift));
    IS(c32rtomb, c32rtomb(text, 0x1f600, &shift));
    fflush(stdout); pid_t pid = fork(); if (pid == 0) { streams(); _exit(0); } IS(wprintf, (waitpid(pid, &status, 0), status)); int told = open("told", O_RDONLY); memset(text, 0, sizeof text); read(told, text, 9); close(told);
    IS(wprintf, (char *)text);
    IS(vwprintf, text[1]);
    IS(putwchar, text[2]);
    IS(putwchar_unlocked, text[3]);
    setlocale(LC_CTYPE, "C"); freelocale(plain);
}
