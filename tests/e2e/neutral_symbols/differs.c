#include "show.h"
#include <arpa/inet.h>
#include <ftw.h>
#include <glob.h>
#include <libgen.h>
#include <nl_types.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <regex.h>
#include <resolv.h>
#include <sched.h>
#include <shadow.h>
#include <spawn.h>
#include <stdio_ext.h>
#include <utmp.h>
#include <utmpx.h>

/* What the two libcs do not do alike, each in a process of its own: it may end one. */
#define DIFFERS(symbol, setup, expression) \
    do { \
        int status = 0; \
        pid_t pid = fork(); \
        if (pid == 0) { setup; IS(symbol, expression); _exit(0); } \
        waitpid(pid, &status, 0); \
        if (status) printf("%s: ended by %d\n", #symbol, status); \
    } while (0)
#define CORNER(symbol, setup, expression) \
    do { \
        int status = 0; \
        pid_t pid = fork(); \
        if (pid == 0) { setup; BUT(symbol, expression); _exit(0); } \
        waitpid(pid, &status, 0); \
        if (status) printf("but %s: ended by %d\n", #symbol, status); \
    } while (0)
/* The GNU one of the two functions of this name, whatever string.h makes of it. */
#undef basename
extern char *the_basename(const char *) __asm__("basename");
extern int the_sigpause(int) __asm__("sigpause");

#pragma weak posix_fallocate64
static int flags;
static int visited(const char *path, const struct stat *found, int flag) { (void)path; (void)found; flags = flags * 10 + flag; return 0; }
static int walked(const char *path, const struct stat *found, int flag, struct FTW *place) { (void)place; return visited(path, found, flag); }
static int visited64(const char *path, const struct stat64 *found, int flag) { (void)path; (void)found; flags = flags * 10 + flag; return 0; }
static int walked64(const char *path, const struct stat64 *found, int flag, struct FTW *place) { (void)place; return visited64(path, found, flag); }
static void recorded(const struct utmp *line) { utmpname("utmp"); pututline(line); setutent(); }
static void caught(int number) { (void)number; }

void show(void) {
    char text[512] = ""; struct in_addr address; struct ether_addr ether = {{10, 2, 3, 4, 5, 6}}; struct sched_param priority = {0}; posix_spawnattr_t attributes; regex_t expression; regmatch_t matches[3]; glob_t found = {0}; glob64_t found64 = {0}; struct utmp line = {.ut_type = USER_PROCESS, .ut_line = "a", .ut_id = "b"}; struct utmpx linex = {.ut_type = USER_PROCESS, .ut_line = "a", .ut_id = "b"}; FILE *file; sigset_t signals;
    inet_aton("10.1.2.3", &address); posix_spawnattr_init(&attributes); mkdir("walk", 0700); close(creat("walk/file", 0600)); close(creat("utmp", 0600)); signal(SIGALRM, caught);
    DIFFERS(ftw, , (ftw("walk/file", visited, 4), flags));
    DIFFERS(nftw, , (nftw("walk", walked, 4, FTW_PHYS | FTW_DEPTH), flags));
    DIFFERS(ftw64, , (ftw64("walk/file", visited64, 4), flags));
    DIFFERS(nftw64, , (nftw64("walk", walked64, 4, FTW_PHYS | FTW_DEPTH), flags));
    DIFFERS(inet_makeaddr, , inet_makeaddr(10, 5).s_addr);
    DIFFERS(inet_lnaof, , inet_lnaof(address));
    DIFFERS(inet_netof, , inet_netof(address));
    DIFFERS(ether_ntoa, , ether_ntoa(&ether));
    DIFFERS(ether_ntoa_r, , ether_ntoa_r(&ether, text));
    DIFFERS(getservent, , getservent() != NULL);
    DIFFERS(gethostent, , gethostent() != NULL);
    DIFFERS(getnetent, , getnetent() != NULL);
    DIFFERS(getnetbyname, , getnetbyname("shown") != NULL);
    DIFFERS(getnetbyaddr, , getnetbyaddr(inet_network("10.0.0.0"), AF_INET) != NULL);
    DIFFERS(brk, , brk((char *)sbrk(0) + 4096));
    DIFFERS(sbrk, , sbrk(4096) != (void *)-1);
    DIFFERS(__fsetlocking, file = tmpfile(), __fsetlocking(file, FSETLOCKING_QUERY));
    DIFFERS(psiginfo, { siginfo_t info = {.si_signo = SIGTERM}; dup2(open("told", O_CREAT | O_RDWR | O_TRUNC, 0600), 2); psiginfo(&info, "x"); }, lseek(2, 0, SEEK_CUR));
    DIFFERS(getpass, { freopen("told", "w", stderr); file = fopen("secret", "w"); fputs("word\n", file); fclose(file); setsid(); freopen("secret", "r", stdin); }, getpass("") ? getpass("") != NULL : -1);
    DIFFERS(sched_getparam, , sched_getparam(0, &priority));
    DIFFERS(sched_setparam, , sched_setparam(0, &priority));
    DIFFERS(sched_getscheduler, , sched_getscheduler(0));
    DIFFERS(sched_setscheduler, , sched_setscheduler(0, SCHED_OTHER, &priority));
    DIFFERS(posix_spawnattr_getschedparam, , posix_spawnattr_getschedparam(&attributes, &priority));
    DIFFERS(posix_spawnattr_setschedparam, , posix_spawnattr_setschedparam(&attributes, &priority));
    DIFFERS(posix_spawnattr_getschedpolicy, int policy, posix_spawnattr_getschedpolicy(&attributes, &policy));
    DIFFERS(posix_spawnattr_setschedpolicy, , posix_spawnattr_setschedpolicy(&attributes, SCHED_OTHER));
    DIFFERS(strerror_r, , (char *)(long)strerror_r(ENOENT, text, sizeof text));
    DIFFERS(basename, strcpy(text, "/usr/lib/"), the_basename(text)); sigemptyset(&signals);
    DIFFERS(sigpause, { sigaddset(&signals, SIGUSR2); sigprocmask(SIG_BLOCK, &signals, NULL); kill(getpid(), SIGUSR2); signal(SIGUSR2, caught); signal(SIGALRM, SIG_DFL); ualarm(300000, 0); }, the_sigpause(SIGUSR1));
    DIFFERS(__res_state, gethostbyname("nobody"), _res.options != 0);
    DIFFERS(cuserid, memset(text, 'x', sizeof text), cuserid(text) == text && strlen(text) < L_cuserid);
    DIFFERS(regcomp, regcomp(&expression, "(a)(b)", REG_EXTENDED), expression.re_nsub);
    DIFFERS(regexec, { regcomp(&expression, "(a)(b)", REG_EXTENDED); regexec(&expression, "xab", 3, matches, 0); }, matches[1].rm_so * 10 + matches[2].rm_so);
    DIFFERS(regfree, { regcomp(&expression, "(a)(b)", REG_EXTENDED); regfree(&expression); }, expression.buffer == NULL);
    DIFFERS(regerror, regerror(REG_EBRACE, NULL, text, sizeof text), (char *)text);
    DIFFERS(glob, glob("*", GLOB_ERR, NULL, &found), found.gl_flags);
    DIFFERS(glob64, glob64("*", GLOB_ERR, NULL, &found64), found64.gl_flags);
    DIFFERS(globfree, { glob("*", 0, NULL, &found); globfree(&found); }, found.gl_pathc > 0);
    DIFFERS(globfree64, { glob64("*", 0, NULL, &found64); globfree64(&found64); }, found64.gl_pathc > 0);

    CORNER(catopen, { file = fopen("catalogue", "w"); fwrite("\xff\x88\xff\x89\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 1, 20, file); fclose(file); }, catopen("./catalogue", 0) == (nl_catd)-1);
    CORNER(catgets, , catgets((nl_catd)-1, 1, 1, (char *)"fallback"));
    CORNER(catclose, , catclose((nl_catd)-1));
    DIFFERS(getspent, , getspent() != NULL);
    DIFFERS(posix_fallocate64, , &posix_fallocate64 != NULL);
    DIFFERS(lckpwdf, , lckpwdf());
    DIFFERS(ulckpwdf, , ulckpwdf());
    DIFFERS(utmpname, , utmpname("utmp"));
    DIFFERS(utmpxname, , utmpxname("utmp"));
    DIFFERS(pututline, utmpname("utmp"), pututline(&line) != NULL);
    DIFFERS(pututxline, utmpname("utmp"), pututxline(&linex) != NULL);
    CORNER(getutent, recorded(&line), getutent() != NULL);
    CORNER(getutxent, recorded(&line), getutxent() != NULL);
    CORNER(getutid, recorded(&line), getutid(&line) != NULL);
    CORNER(getutxid, recorded(&line), getutxid(&linex) != NULL);
    CORNER(getutline, recorded(&line), getutline(&line) != NULL);
    CORNER(getutxline, recorded(&line), getutxline(&linex) != NULL);
    DIFFERS(updwtmp, updwtmp("utmp", &line), lseek(open("utmp", O_RDONLY), 0, SEEK_END));
    DIFFERS(updwtmpx, updwtmpx("utmp", &linex), lseek(open("utmp", O_RDONLY), 0, SEEK_END));  DIFFERS(getlogin, setenv("LOGNAME", "named", 1), getlogin());
}
