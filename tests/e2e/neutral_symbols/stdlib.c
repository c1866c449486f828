#include "show.h"
#include <inttypes.h>
#include <libintl.h>
#include <malloc.h>
#include <monetary.h>
#include <nl_types.h>
#include <search.h>
#include <getopt.h>
#include <wordexp.h>
#include <fnmatch.h>
#include <iconv.h>
#include <fmtmsg.h>
#include <assert.h>

extern char *__progname;
extern char **_environ, **__environ;
extern double __strtod_l(const char *, char **, locale_t);
extern float __strtof_l(const char *, char **, locale_t);
extern long double __strtold_l(const char *, char **, locale_t);
extern int __posix_getopt(int, char *const *, const char *);
extern int __cxa_atexit(void (*)(void *), void *, void *);
extern void __cxa_finalize(void *);
extern char *ecvt(double, int, int *, int *), *fcvt(double, int, int *, int *), *gcvt(double, int, char *);
extern void insque(void *, void *), remque(void *);

static int order(const void *one, const void *other) { return *(const int *)one - *(const int *)other; }
static int turned(const void *one, const void *other, void *way) { return *(int *)way * order(one, other); }
static void noted(void *place) { ++*(int *)place; }
static int seen;
static void visit(const void *node, VISIT which, int depth) {
    if (which == postorder || which == leaf) seen = seen * 10 + **(const int *const *)node + 0 * depth;
}
static void dropped(void *key) { (void)key; seen++; }

static int child(void (*way)(int), int code) {
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) way(code);
    waitpid(pid, &status, 0);
    return status;
}
extern void __stack_chk_fail(void);
__thread int own_of_thread __attribute__((visibility("default"))) = 41;
static void smashed(int code) { (void)code; freopen("/dev/null", "w", stderr); __stack_chk_fail(); }
static void aborts(int code) { (void)code; abort(); }
static void asserts(int code) { (void)code; freopen("/dev/null", "w", stderr); __assert_fail("a", "b", 1, "c"); }

void show(void) {
    char text[128], *end, *words[] = {"program", "-a", "-b", "value", "--long=x", "rest", NULL};
    int numbers[] = {5, 3, 9, 1}, key = 9, way = -1, places, negative;
    void *memory, *root = NULL;
    size_t count;
    locale_t plain = newlocale(LC_ALL_MASK, "C", 0);
    IS(abs, (abs)(-3));
    IS(labs, (labs)(-3));
    IS(llabs, (llabs)(-3));
    IS(imaxabs, imaxabs(-4));
    IS(div, div(-7, 2).rem);
    IS(ldiv, ldiv(-7, 2).quot);
    IS(lldiv, lldiv(-7, 2).rem);
    IS(imaxdiv, imaxdiv(7, 2).quot);
    IS(atof, (atof)("2.5e3x"));
    IS(atoi, (atoi)(" -42x"));
    IS(atol, (atol)("99"));
    IS(atoll, (atoll)("123456789012"));
    IS(a64l, a64l("./0z"));
    IS(l64a, l64a(12345));
    IS(strtol, (strtol)("0x1fz", &end, 0));
    IS(strtol, (const char *)end);
    IS(strtol, (strtol)("99999999999999999999", NULL, 10));
    IS(strtol, (strtol)("z", &end, 36));
    IS(strtol, errno);
    IS(strtoll, (strtoll)("-077", &end, 0));
    IS(strtoul, (strtoul)("-1", &end, 10));
    IS(strtoull, (strtoull)("zz", &end, 36));
    IS(strtoimax, strtoimax("12", &end, 3));
    IS(strtoumax, strtoumax("12", &end, 10));
    IS(strtod, (strtod)("1.5e3abc", &end));
    IS(strtod, (const char *)end);
    IS(strtod, (strtod)("0x1.8p3", &end));
    IS(strtod, (strtod)("-inf", &end));
    IS(strtod, (strtod)("nan(1)x", &end));
    IS(strtod, (const char *)end);
    IS(strtod, (strtod)("1e400", &end));
    IS(strtof, strtof("0.1", &end));
    IS(strtold, strtold("0.1", &end));
    IS(strtod_l, strtod_l("2.5", &end, plain));
    IS(strtof_l, strtof_l("2.5", &end, plain));
    IS(strtold_l, strtold_l("2.5", &end, plain));
    IS(__strtod_l, __strtod_l("2.5", &end, plain));
    IS(__strtof_l, __strtof_l("2.5", &end, plain));
    IS(__strtold_l, __strtold_l("2.5", &end, plain));
    IS(ecvt, ecvt(3.14159, 4, &places, &negative));
    IS(ecvt, places);
    IS(fcvt, fcvt(3.14159, 3, &places, &negative));
    IS(gcvt, gcvt(2.5, 6, text));
    DOES(qsort, qsort(numbers, 4, sizeof *numbers, order), numbers[0] * 1000 + numbers[1] * 100 + numbers[2] * 10 + numbers[3]);
    IS(bsearch, *(int *)bsearch(&key, numbers, 4, sizeof *numbers, order));
    DOES(qsort_r, qsort_r(numbers, 4, sizeof *numbers, turned, &way), numbers[0] * 1000 + numbers[1] * 100 + numbers[2] * 10 + numbers[3]);
    count = 4;
    IS(lfind, *(int *)lfind(&key, numbers, &count, sizeof *numbers, order));
    count = 3; key = 77;
    IS(lsearch, *(int *)lsearch(&key, numbers, &count, sizeof *numbers, order));
    IS(lsearch, count);
    for (int index = 0; index < 4; index++) IS(tsearch, **(int **)tsearch(&numbers[index], &root, order));
    IS(tfind, tfind(&numbers[2], &root, order)); key = 12345;
    IS(tfind, tfind(&key, &root, order));
    DOES(twalk, twalk(root, visit), seen);
    IS(tdelete, tdelete(&numbers[1], &root, order));
    DOES(tdestroy, (seen = 0, tdestroy(root, dropped)), seen);
    IS(hcreate, hcreate(8) != 0); ENTRY entry = {"key", "data"};
    IS(hsearch, (char *)hsearch(entry, ENTER)->data);
    entry.data = NULL;
    IS(hsearch, (char *)hsearch(entry, FIND)->data); entry.key = "none";
    IS(hsearch, hsearch(entry, FIND) == NULL);
    DOES(hdestroy, hdestroy(), 0); struct hsearch_data table = {0}; ENTRY more = {"key", "data"}, *found = NULL;
    IS(hcreate_r, hcreate_r(8, &table) != 0);
    IS(hsearch_r, hsearch_r(more, ENTER, &found, &table) != 0);
    IS(hsearch_r, (char *)found->data);
    DOES(hdestroy_r, hdestroy_r(&table), 0);
    struct link { struct link *next, *previous; } first = {0, 0}, second = {0, 0};
    DOES(insque, (insque(&first, NULL), insque(&second, &first)), first.next == &second && second.previous == &first);
    DOES(remque, remque(&second), first.next == NULL);
    /* Memory: what is promised of a pointer. */
    memory = malloc(100);
    IS(malloc, memory);
    IS(malloc, (unsigned long)memory % 16);
    IS(malloc_usable_size, malloc_usable_size(memory) >= 100);
    memory = realloc(memory, 200000);
    IS(realloc, memory);
    DOES(free, free(memory), 0);
    memory = calloc(10, 10);
    IS(calloc, ((char *)memory)[99]); free(memory);
    IS(calloc, calloc((size_t)-1 / 2, 3));
    IS(malloc, malloc((size_t)-1 / 2));
    IS(posix_memalign, posix_memalign(&memory, 256, 10));
    IS(posix_memalign, (unsigned long)memory % 256); free(memory);
    IS(posix_memalign, posix_memalign(&memory, 3, 10));
    memory = aligned_alloc(128, 256);
    IS(aligned_alloc, (unsigned long)memory % 128); free(memory);
    memory = memalign(64, 10);
    IS(memalign, (unsigned long)memory % 64); free(memory); memory = valloc(10);
    IS(valloc, (unsigned long)memory % 4096); free(memory);
    /* Numbers that are drawn: the sequences of POSIX are the same, those of rand and random are each libc's own. */
    srand48(42);
    IS(srand48, drand48());
    IS(drand48, drand48());
    IS(lrand48, lrand48());
    IS(mrand48, mrand48());
    unsigned short state[7] = {1, 2, 3, 4, 5, 6, 7};
    IS(erand48, erand48(state));
    IS(nrand48, nrand48(state));
    IS(jrand48, jrand48(state));
    DOES(seed48, seed48(state), lrand48());
    DOES(lcong48, lcong48(state), lrand48());
    DOES(srand, srand(7), (key = rand(), srand(7), key == rand()));
    IS(rand, (rand() >= 0)); unsigned seed = 3, same = 3;
    IS(rand_r, rand_r(&seed) == rand_r(&same));
    DOES(srandom, srandom(7), (key = (int)random(), srandom(7), key == random()));
    IS(random, random() >= 0);
    char pool[64];
    IS(initstate, initstate(7, pool, sizeof pool) != NULL); key = (int)random(); initstate(7, pool, sizeof pool);
    IS(random, key == random());
    IS(setstate, setstate(pool) != NULL);
    /* The surroundings. */
    IS(setenv, setenv("SHOWN", "one", 1));
    IS(getenv, getenv("SHOWN"));
    IS(setenv, setenv("SHOWN", "two", 0));
    IS(secure_getenv, secure_getenv("SHOWN"));
    IS(setenv, setenv("a=b", "", 1));
    IS(putenv, putenv("SHOWN=three"));
    IS(getenv, getenv("SHOWN"));
    IS(unsetenv, unsetenv("SHOWN"));
    IS(getenv, getenv("SHOWN"));
    IS(unsetenv, unsetenv("a=b"));
    IS(environ, environ == __environ && environ == _environ);
    IS(__environ, __environ == environ);
    IS(_environ, _environ == environ);
    IS(clearenv, clearenv());
    IS(getenv, getenv("PATH"));
    IS(program_invocation_name, program_invocation_name != NULL);
    IS(program_invocation_short_name, program_invocation_short_name);
    IS(__progname, __progname);
    opterr = 0; optind = 1;
    IS(getopt, getopt(6, words, "ab:"));
    IS(optind, optind);
    IS(getopt, getopt(6, words, "ab:"));
    IS(optarg, optarg);
    struct option options[] = {{"long", 1, 0, 'l'}, {0, 0, 0, 0}};
    IS(getopt_long, getopt_long(6, words, "ab:", options, &places));
    IS(optarg, optarg);
    IS(getopt_long, getopt_long(6, words, "ab:", options, &places)); optind = 1;
    IS(getopt_long_only, getopt_long_only(6, words, "ab:", options, &places));
    optind = 1; words[1] = "-z";
    IS(getopt, getopt(3, words, "ab:"));
    IS(optopt, optopt);
    IS(opterr, opterr); optind = 1;
    IS(__posix_getopt, __posix_getopt(3, words, "z"));
    char *tokens[] = {"ro", "size", NULL}, given[] = "size=3,ro", *rest = given, *value;
    IS(getsubopt, getsubopt(&rest, tokens, &value));
    IS(getsubopt, value);
    IS(getsubopt, getsubopt(&rest, tokens, &value));
    IS(fnmatch, fnmatch("*.[ch]", "file.c", 0));
    IS(fnmatch, fnmatch("*", "a/b", FNM_PATHNAME));
    IS(fnmatch, fnmatch("*", ".a", FNM_PERIOD));
    IS(fnmatch, fnmatch("A?c", "aBC", FNM_CASEFOLD));
    IS(fnmatch, fnmatch("a/*", "a/b/c", FNM_LEADING_DIR | FNM_PATHNAME));
    IS(fnmatch, fnmatch("[!a-c]\\*", "d*", 0));
    IS(strfmon, strfmon(text, sizeof text, "%.2n", 12.5));
    IS(strfmon_l, strfmon_l(text, 3, plain, "%.2n", 12.5) == -1);
    /* Messages: without a catalogue, what was asked for. */
    IS(gettext, gettext("word"));
    IS(dgettext, dgettext("none", "word"));
    IS(dcgettext, dcgettext("none", "word", LC_MESSAGES));
    IS(ngettext, ngettext("one", "many", 1));
    IS(dngettext, dngettext("none", "one", "many", 2));
    IS(textdomain, textdomain(NULL));
    IS(textdomain, textdomain("mine"));
    IS(bindtextdomain, bindtextdomain("mine", "/nowhere"));
    IS(bind_textdomain_codeset, bind_textdomain_codeset("none", NULL));
    BUT(bind_textdomain_codeset, bind_textdomain_codeset("mine", "UTF-8"));
    IS(dcngettext, dcngettext("none", "one", "many", 2, LC_MESSAGES));

    /* Character sets that both have. */
    IS(catopen, catopen("nothing", 0) == (nl_catd)-1);
    iconv_t converter = iconv_open("UCS-4LE", "UTF-8");
    IS(iconv_open, converter != (iconv_t)-1); char in[] = "a\xc3\xa9", out[16] = "", *from = in, *to = out; size_t left = 3, room = 16;
    IS(iconv, iconv(converter, &from, &left, &to, &room));
    IS(iconv, room);
    IS(iconv, out[2]);
    IS(iconv_close, iconv_close(converter));
    IS(iconv_open, iconv_open("NO-SUCH", "UTF-8") == (iconv_t)-1);
    IS(fmtmsg, fmtmsg(MM_NULLMC, "lib:part", MM_ERROR, "text", "act", "tag"));
    IS(__errno_location, (errno = 5, *__errno_location()));
    IS(__tls_get_addr, own_of_thread++);
    IS(__tls_get_addr, own_of_thread);
    /* Ends. */
    IS(exit, child(exit, 3));
    IS(_exit, child(_exit, 4));
    IS(_Exit, child(_Exit, 5));
    IS(quick_exit, child(quick_exit, 6));
    IS(abort, WTERMSIG(child(aborts, 0)));
    IS(__assert_fail, WTERMSIG(child(asserts, 0)));
    IS(__stack_chk_fail, WIFSIGNALED(child(smashed, 0)));
    BUT(__stack_chk_fail, WTERMSIG(child(smashed, 0))); key = 0;
    IS(__cxa_atexit, __cxa_atexit(noted, &key, &key));
    DOES(__cxa_finalize, __cxa_finalize(&key), 0);
    IS(system, (system)("exit 3"));
    IS(system, (system)(NULL) != 0);
    wordexp_t expanded;
    IS(wordexp, wordexp("a 'b c' $((1+2))", &expanded, 0));
    IS(wordexp, expanded.we_wordc);
    IS(wordexp, expanded.we_wordv[1]);
    DOES(wordfree, wordfree(&expanded), 0);
    BUT(wordexp, wordexp("a;b", &expanded, 0));
    freelocale(plain);
}
