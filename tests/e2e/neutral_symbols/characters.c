#include "show.h"

/* Which of the first 128 characters are in a class, as one number; what is beyond is the locale's. */
#define CLASS(symbol, call) \
    do { \
        unsigned long long mark = 5381; \
        for (int c = -1; c < 128; c++) mark = mark * 33 + ((call) != 0); \
        IS(symbol, mark); \
    } while (0)
#define CASE(symbol, call) \
    do { \
        unsigned long long mark = 5381; \
        for (int c = 0; c < 128; c++) mark = mark * 33 + (unsigned)(call); \
        IS(symbol, mark); \
    } while (0)
#define CLASSES(name) \
    CLASS(is##name, (is##name)(c)); CLASS(is##name##_l, (is##name##_l)(c, plain)); \
    CLASS(__is##name##_l, (__is##name##_l)(c, plain)); \
    CLASS(isw##name, (isw##name)((wint_t)c)); CLASS(isw##name##_l, (isw##name##_l)((wint_t)c, plain)); \
    CLASS(__isw##name##_l, (__isw##name##_l)((wint_t)c, plain))
#define OWN(name) extern int (__is##name##_l)(int, locale_t); extern int (__isw##name##_l)(wint_t, locale_t);

OWN(alnum) OWN(alpha) OWN(blank) OWN(cntrl) OWN(digit) OWN(graph) OWN(lower) OWN(print) OWN(punct) OWN(space) OWN(upper) OWN(xdigit)
extern int (__tolower_l)(int, locale_t);
extern int (__toupper_l)(int, locale_t);
extern wint_t __towlower_l(wint_t, locale_t), __towupper_l(wint_t, locale_t), __towctrans_l(wint_t, wctrans_t, locale_t);
extern int __iswctype_l(wint_t, wctype_t, locale_t);
extern wctype_t __wctype_l(const char *, locale_t);
extern wctrans_t __wctrans_l(const char *, locale_t);
extern const unsigned short **__ctype_b_loc(void);
extern const int **__ctype_tolower_loc(void), **__ctype_toupper_loc(void);
extern size_t __ctype_get_mb_cur_max(void);
extern locale_t __newlocale(int, const char *, locale_t);
extern locale_t (__duplocale)(locale_t);
extern locale_t (__uselocale)(locale_t);
extern void __freelocale(locale_t);
extern char *__nl_langinfo_l(int, locale_t);
#include <langinfo.h>

void show(void) {
    locale_t plain = newlocale(LC_ALL_MASK, "C", 0), second;
    CLASSES(alnum);
    CLASSES(alpha);
    CLASSES(blank);
    CLASSES(cntrl);
    CLASSES(digit);
    CLASSES(graph);
    CLASSES(lower);
    CLASSES(print);
    CLASSES(punct);
    CLASSES(space);
    CLASSES(upper);
    CLASSES(xdigit);
    CASE(tolower, (tolower)(c));
    CASE(toupper, (toupper)(c));
    CASE(tolower_l, (tolower_l)(c, plain));
    CASE(toupper_l, (toupper_l)(c, plain));
    CASE(__tolower_l, (__tolower_l)(c, plain));
    CASE(__toupper_l, (__toupper_l)(c, plain));
    CASE(towlower, towlower(c));
    CASE(towupper, towupper(c));
    CASE(towlower_l, towlower_l(c, plain));
    CASE(towupper_l, towupper_l(c, plain));
    CASE(__towlower_l, __towlower_l(c, plain));
    CASE(__towupper_l, __towupper_l(c, plain));
    CLASS(iswctype, iswctype((wint_t)c, wctype("alpha")));
    CLASS(wctype, iswctype((wint_t)c, wctype("punct")));
    IS(wctype, wctype("nothing") == 0);
    IS(wctype_l, wctype_l("digit", plain) != 0);
    IS(__wctype_l, __wctype_l("digit", plain) != 0);
    CLASS(iswctype_l, iswctype_l((wint_t)c, wctype_l("digit", plain), plain));
    CLASS(__iswctype_l, __iswctype_l((wint_t)c, wctype_l("space", plain), plain));
    CASE(towctrans, towctrans(c, wctrans("toupper")));
    CASE(wctrans, towctrans(c, wctrans("tolower")));
    IS(wctrans, wctrans("nothing") == 0);
    CASE(towctrans_l, towctrans_l(c, wctrans_l("toupper", plain), plain));
    CASE(wctrans_l, towctrans_l(c, wctrans_l("tolower", plain), plain));
    CASE(__towctrans_l, __towctrans_l(c, __wctrans_l("toupper", plain), plain));
    CASE(__wctrans_l, towctrans_l(c, __wctrans_l("tolower", plain), plain));
    /* What glibc's headers look at: the table of classes, by glibc's bits; and the tables of the two cases. */
    CASE(__ctype_b_loc, (*__ctype_b_loc())[c]);
    CASE(__ctype_b_loc, (*__ctype_b_loc())[-c]);
    CASE(__ctype_tolower_loc, (*__ctype_tolower_loc())[c]);
    CASE(__ctype_toupper_loc, (*__ctype_toupper_loc())[c]);
    IS(__ctype_get_mb_cur_max, __ctype_get_mb_cur_max() >= 1);
    BUT(__newlocale, __newlocale(LC_ALL_MASK, "xx_XX", 0) == 0);
    IS(newlocale, newlocale(LC_ALL_MASK, "C", 0) != 0);
    second = duplocale(plain);
    IS(duplocale, second != 0);
    IS(uselocale, uselocale(plain) == LC_GLOBAL_LOCALE);
    IS(uselocale, uselocale(LC_GLOBAL_LOCALE) == plain);
    DOES(freelocale, freelocale(second), 0);
    second = __newlocale(LC_CTYPE_MASK, "POSIX", 0);
    IS(__newlocale, second != 0);
    IS(__uselocale, __uselocale(0) == LC_GLOBAL_LOCALE);
    __freelocale(second); second = __duplocale(plain);
    IS(__duplocale, second != 0);
    DOES(__freelocale, __freelocale(second), 0);
    IS(setlocale, setlocale(LC_ALL, "C"));
    IS(setlocale, setlocale(LC_ALL, NULL));
    IS(setlocale, setlocale(LC_NUMERIC, "POSIX"));
    IS(localeconv, localeconv()->decimal_point);
    IS(localeconv, localeconv()->thousands_sep);
    IS(localeconv, localeconv()->frac_digits);
    IS(localeconv, localeconv()->currency_symbol);
    IS(localeconv, localeconv()->n_sign_posn);
    IS(localeconv, localeconv()->int_n_sign_posn);
    for (int item = ABDAY_1; item <= MON_12; item++) IS(nl_langinfo, nl_langinfo(item));
    IS(nl_langinfo, nl_langinfo(RADIXCHAR));
    IS(nl_langinfo, nl_langinfo(AM_STR));
    BUT(nl_langinfo, nl_langinfo(D_T_FMT));
    BUT(nl_langinfo, nl_langinfo(CRNCYSTR));
    BUT(nl_langinfo_l, nl_langinfo_l(D_T_FMT, plain));
    BUT(__nl_langinfo_l, __nl_langinfo_l(D_T_FMT, plain));
    BUT(newlocale, newlocale(LC_ALL_MASK, "xx_XX", 0) == 0);
    BUT(iswalpha, iswalpha(0xe9) != 0);
    BUT(setlocale, setlocale(LC_ALL, "xx_XX") == NULL); setlocale(LC_ALL, "C");
    IS(nl_langinfo, nl_langinfo(YESEXPR));
    IS(nl_langinfo, nl_langinfo(THOUSEP));
    IS(nl_langinfo, nl_langinfo(T_FMT_AMPM));
    IS(nl_langinfo_l, nl_langinfo_l(MON_3, plain));
    IS(__nl_langinfo_l, __nl_langinfo_l(DAY_2, plain));
    freelocale(plain);
}
