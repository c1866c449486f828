#include "show.h"
#include <strings.h>

extern char *__xpg_basename(char *path);
extern int __xpg_strerror_r(int number, char *text, size_t size);
extern int __strcasecmp_l(const char *, const char *, locale_t), __strcoll_l(const char *, const char *, locale_t);
extern int __strncasecmp_l(const char *, const char *, size_t, locale_t);
extern size_t __strxfrm_l(char *, const char *, size_t, locale_t);
extern char *dirname(char *path);

static int sign(int order) { return (order > 0) - (order < 0); }

void show(void) {
    char one[64], other[64], *rest, *state;
    locale_t plain = newlocale(LC_ALL_MASK, "C", 0);
    IS(bcmp, (bcmp)("abc", "abd", 3) != 0);
    DOES(bcopy, (strcpy(one, "abcdef"), (bcopy)(one, one + 1, 4)), (char *)one);
    DOES(bzero, (strcpy(one, "abcdef"), (bzero)(one + 1, 2)), one[1] + one[2] + one[3]);
    IS(ffs, ffs(0x40)); IS(ffs, ffs(0)); IS(ffsl, ffsl(0x400)); IS(ffsll, ffsll(1LL << 40));
    IS(index, (index)("hello", 'l')); IS(index, (index)("hello", 'z'));
    IS(rindex, (rindex)("hello", 'l'));
    IS(memccpy, (memset(one, 0, 8), (char *)memccpy(one, "abcdef", 'c', 6) - one)); IS(memccpy, (char *)one);
    IS(memchr, (char *)(memchr)("hello", 'l', 5) - 0 ? "found" : "not"); IS(memchr, (memchr)("hello", 'o', 4));
    IS(memcmp, sign((memcmp)("ab\x80", "ab\x7f", 3))); IS(memcmp, (memcmp)("abc", "abd", 2));
    IS(memcpy, (char *)(memcpy)(one, "memcpy", 7));
    IS(memmem, (const char *)memmem("haystack", 8, "st", 2)); IS(memmem, memmem("haystack", 8, "xx", 2));
    IS(memmem, (const char *)memmem("hay", 3, "", 0));
    DOES(memmove, (strcpy(one, "abcdef"), (memmove)(one + 2, one, 4)), (char *)one);
    IS(mempcpy, (char *)mempcpy(one, "abc", 3) - one);
    IS(memrchr, (const char *)memrchr("hello", 'l', 5)); IS(memrchr, memrchr("hello", 'h', 0));
    IS(memset, ((char *)(memset)(one, 'x', 3))[2]);
    IS(stpcpy, stpcpy(one, "abc") - one); IS(stpncpy, stpncpy(one, "ab", 5) - one); IS(stpncpy, one[4]);
    IS(strcasecmp, sign(strcasecmp("HeLLo", "hEllO"))); IS(strcasecmp, sign(strcasecmp("a", "B")));
    IS(strcasecmp_l, sign(strcasecmp_l("HeLLo", "hEllP", plain)));
    IS(__strcasecmp_l, sign(__strcasecmp_l("HeLLo", "hEllP", plain)));
    IS(strcasestr, strcasestr("Haystack", "STA")); IS(strcasestr, strcasestr("Haystack", "z"));
    IS(strcat, (strcpy(one, "a"), strcat(one, "bc")));
    IS(strchr, (strchr)("hello", 'l')); IS(strchr, (strchr)("hello", 0)); IS(strchr, (strchr)("hello", 'x'));
    IS(strchrnul, strchrnul("hello", 'l')); IS(strchrnul, strchrnul("hello", 'x'));
    IS(strcmp, sign((strcmp)("a\x80", "a\x7f"))); IS(strcmp, (strcmp)("same", "same"));
    IS(strcoll, sign(strcoll("a", "B"))); IS(strcoll_l, sign(strcoll_l("a", "B", plain)));
    IS(__strcoll_l, sign(__strcoll_l("b", "a", plain)));
    IS(strcpy, (strcpy)(one, "strcpy"));
    IS(strcspn, (strcspn)("hello", "lo")); IS(strcspn, (strcspn)("hello", ""));
    IS(strdup, (strdup)("copied")); IS(strndup, (strndup)("copied", 3));
    IS(strlen, (strlen)("four")); IS(strnlen, strnlen("four", 2)); IS(strnlen, strnlen("four", 9));
    IS(strncasecmp, sign(strncasecmp("HELLo", "hellX", 4)));
    IS(strncasecmp_l, sign(strncasecmp_l("HELLo", "hellX", 5, plain)));
    IS(__strncasecmp_l, sign(__strncasecmp_l("HELLo", "hellX", 5, plain)));
    IS(strncat, (strcpy(one, "a"), (strncat)(one, "bcd", 2)));
    IS(strncmp, sign((strncmp)("abc", "abd", 3))); IS(strncmp, (strncmp)("abc", "abd", 2));
    IS(strncpy, (memset(one, 'z', 8), (strncpy)(one, "ab", 5))); IS(strncpy, one[4] + one[5]);
    IS(strpbrk, (strpbrk)("hello", "ol")); IS(strpbrk, (strpbrk)("hello", "x"));
    IS(strrchr, (strrchr)("hello", 'l')); IS(strrchr, (strrchr)("hello", 'x'));
    strcpy(one, "a,,b"); rest = one;
    IS(strsep, strsep(&rest, ",")); IS(strsep, strsep(&rest, ",")); IS(strsep, strsep(&rest, ",")); IS(strsep, strsep(&rest, ","));
    IS(strspn, (strspn)("hello", "leh")); IS(strstr, (strstr)("haystack", "st")); IS(strstr, (strstr)("hay", ""));
    strcpy(one, " a  b "); IS(strtok, strtok(one, " ")); IS(strtok, strtok(NULL, " ")); IS(strtok, strtok(NULL, " "));
    strcpy(one, "a:b"); IS(strtok_r, strtok_r(one, ":", &state)); IS(strtok_r, strtok_r(NULL, ":", &state));
    IS(strverscmp, sign(strverscmp("a9", "a10"))); IS(strverscmp, sign(strverscmp("1.01", "1.1"))); IS(strverscmp, sign(strverscmp("a", "a")));
    IS(strxfrm, strxfrm(one, "abc", sizeof one)); IS(strxfrm, (char *)one);
    IS(strxfrm_l, strxfrm_l(one, "abcd", sizeof one, plain)); IS(__strxfrm_l, __strxfrm_l(one, "abcde", sizeof one, plain));
    DOES(swab, (memset(other, 0, 8), swab("abcd", other, 4)), (char *)other);
    /* What the words of an error are is the library's own; that there are some is not. */
    IS(strerror, strlen(strerror(ENOENT)) > 5); IS(strerror, strcmp(strerror(ENOENT), "No such file or directory"));
    IS(strerror_l, strcmp(strerror_l(EACCES, plain), "Permission denied"));
    IS(__xpg_strerror_r, __xpg_strerror_r(ENOENT, one, sizeof one)); IS(__xpg_strerror_r, (char *)one);
    IS(__xpg_strerror_r, __xpg_strerror_r(ENOENT, one, 3));
    IS(strsignal, strsignal(SIGINT)); IS(strsignal, strsignal(SIGSEGV));
    strcpy(one, "/usr/lib/"); IS(__xpg_basename, __xpg_basename(one)); strcpy(one, "/"); IS(__xpg_basename, __xpg_basename(one));
    strcpy(one, "/usr/lib/"); IS(dirname, dirname(one)); strcpy(one, "lib"); IS(dirname, dirname(one));
    IS(isascii, (isascii)('a')); IS(isascii, (isascii)(0x80) != 0); IS(toascii, (toascii)(0xe1));
    freelocale(plain);
}
