#include "show.h"
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/personality.h>
#include <sys/fsuid.h>
#include <sys/ptrace.h>
#include <ulimit.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>

static int status; static int forks;
static void counted(void) { forks++; }
static char *words[] = {"sh", "-c", "exit $CODE", NULL}, *surroundings[] = {"CODE=21", NULL};
#define CHILD(symbol, call) do { fflush(stdout); pid_t pid = fork(); if (pid == 0) { call; _exit(99); } waitpid(pid, &status, 0); IS(symbol, WEXITSTATUS(status)); } while (0)
static int cloned(void *value) { return (int)(long)value; }
static int object(struct dl_phdr_info *info, size_t size, void *data) { (void)size; if (info->dlpi_phnum > 0) ++*(int *)data; return 0; }

void show(void) {
    pid_t pid; siginfo_t info; struct rusage used; posix_spawnattr_t attributes; posix_spawn_file_actions_t actions; sigset_t set; short flags; int number; struct sched_param priority = {0}; struct rlimit limit; char text[16]; Dl_info about; uid_t u[3]; gid_t g[3];
    setenv("CODE", "20", 1);
    IS(getpid, getpid() > 0);
    IS(getppid, getppid() >= 0);
    IS(getpgrp, getpgrp() >= 0);
    IS(getpgid, getpgid(0) == getpgrp());
    IS(getpgid, getpgid(99999999));
    IS(getsid, getsid(99999999));
    IS(getuid, getuid() == geteuid());
    IS(geteuid, geteuid() == getuid());
    IS(getgid, getgid() == getegid());
    IS(getegid, getegid() == getgid());
    IS(getresuid, getresuid(&u[0], &u[1], &u[2]));
    IS(getresuid, u[2] == getuid());
    IS(getresgid, getresgid(&g[0], &g[1], &g[2]));
    IS(getresgid, g[2] == getgid());
    IS(getgroups, getgroups(-1, g));
    IS(fork, (pid = fork()) >= 0); if (pid == 0) _exit(5);
    IS(waitpid, waitpid(pid, &status, 0) == pid);
    IS(waitpid, WEXITSTATUS(status));
    IS(waitpid, waitpid(-1, &status, 0)); if (vfork() == 0) _exit(6);
    IS(vfork, wait(&status) > 0);
    IS(wait, WEXITSTATUS(status)); if (fork() == 0) _exit(7);
    IS(wait3, wait3(&status, 0, &used) > 0);
    IS(wait3, WEXITSTATUS(status)); if ((pid = fork()) == 0) _exit(8);
    IS(wait4, wait4(pid, &status, 0, &used) == pid);
    IS(wait4, used.ru_maxrss > 0); if ((pid = fork()) == 0) _exit(9);
    IS(waitid, waitid(P_PID, pid, &info, WEXITED));
    IS(waitid, info.si_status * 10 + info.si_code);
    IS(clone, (pid = clone(cloned, (char *)malloc(65536) + 65536, SIGCHLD, (void *)11)) > 0); waitpid(pid, &status, 0);
    IS(clone, WEXITSTATUS(status));
#if defined __x86_64__ || defined __s390x__ /* on others it is in an archive, and asks for what musl has not */
    IS(pthread_atfork, pthread_atfork(counted, counted, NULL)); if ((pid = fork()) == 0) _exit(0); waitpid(pid, NULL, 0);
    IS(pthread_atfork, forks);
#endif
    CHILD(execv, execv("/bin/sh", words));
    CHILD(execve, execve("/bin/sh", words, surroundings));
    CHILD(execvp, execvp("sh", words));
    CHILD(execvpe, execvpe("sh", words, surroundings));
    CHILD(execl, execl("/bin/sh", "sh", "-c", "exit 31", NULL));
    CHILD(execle, execle("/bin/sh", "sh", "-c", "exit $CODE", NULL, surroundings));
    CHILD(execlp, execlp("sh", "sh", "-c", "exit 33", NULL));
    CHILD(fexecve, fexecve(open("/bin/sh", O_RDONLY), words, surroundings));
    IS(execv, execv("none", words));
    IS(execvp, execvp("no-such-program", words));
    IS(posix_spawnattr_init, posix_spawnattr_init(&attributes));
    IS(posix_spawnattr_setflags, posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP));
    IS(posix_spawnattr_getflags, (posix_spawnattr_getflags(&attributes, &flags), flags)); sigemptyset(&set); sigaddset(&set, SIGUSR2);
    IS(posix_spawnattr_setsigmask, posix_spawnattr_setsigmask(&attributes, &set)); sigemptyset(&set);
    IS(posix_spawnattr_getsigmask, (posix_spawnattr_getsigmask(&attributes, &set), sigismember(&set, SIGUSR2)));
    IS(posix_spawnattr_setsigdefault, posix_spawnattr_setsigdefault(&attributes, &set));
    IS(posix_spawnattr_getsigdefault, (posix_spawnattr_getsigdefault(&attributes, &set), sigismember(&set, SIGUSR2)));
    IS(posix_spawnattr_setpgroup, posix_spawnattr_setpgroup(&attributes, 0));
    IS(posix_spawnattr_getpgroup, (posix_spawnattr_getpgroup(&attributes, &pid), pid));
    IS(posix_spawn_file_actions_init, posix_spawn_file_actions_init(&actions));
    IS(posix_spawn_file_actions_addopen, posix_spawn_file_actions_addopen(&actions, 1, "spawned", O_WRONLY | O_CREAT | O_TRUNC, 0600));
    IS(posix_spawn_file_actions_adddup2, posix_spawn_file_actions_adddup2(&actions, 1, 2));
    IS(posix_spawn_file_actions_addclose, posix_spawn_file_actions_addclose(&actions, 0));
    IS(posix_spawn_file_actions_addclose, posix_spawn_file_actions_addclose(&actions, -1)); char *say[] = {"sh", "-c", "echo told >&2", NULL};
    IS(posix_spawn, posix_spawn(&pid, "/bin/sh", &actions, &attributes, say, surroundings)); waitpid(pid, &status, 0); int told = open("spawned", O_RDONLY); memset(text, 0, sizeof text); read(told, text, 9); close(told);
    IS(posix_spawn, (char *)text);
    IS(posix_spawnp, posix_spawnp(&pid, "sh", NULL, NULL, words, surroundings)); waitpid(pid, &status, 0);
    IS(posix_spawnp, WEXITSTATUS(status));
    IS(posix_spawn_file_actions_destroy, posix_spawn_file_actions_destroy(&actions));
    IS(posix_spawnattr_destroy, posix_spawnattr_destroy(&attributes));
    IS(getrlimit, getrlimit(RLIMIT_NOFILE, &limit)); limit.rlim_cur = 64;
    IS(setrlimit, setrlimit(RLIMIT_NOFILE, &limit)); limit.rlim_cur = 0; getrlimit(RLIMIT_NOFILE, &limit);
    IS(setrlimit, limit.rlim_cur);
    IS(getrlimit, getrlimit(99, &limit));
    IS(prlimit, prlimit(0, RLIMIT_NOFILE, NULL, &limit));
    IS(prlimit, limit.rlim_cur);
    IS(getdtablesize, getdtablesize());
    IS(ulimit, (ulimit)(UL_GETFSIZE) > 1000);
    BUT(ulimit, (ulimit)(99));
    IS(getrusage, getrusage(RUSAGE_SELF, &used));
    IS(getrusage, used.ru_maxrss > 100 && used.ru_utime.tv_usec < 1000000);
    IS(getrusage, getrusage(99, &used));
    IS(getpriority, getpriority(PRIO_PROCESS, 0) >= 0);
    IS(setpriority, setpriority(PRIO_PROCESS, 99999999, 0));
    IS(nice, nice(0) >= 0);
    IS(personality, personality(0xffffffff) >= 0);
    IS(prctl, prctl(PR_GET_DUMPABLE) >= 0);
    IS(prctl, prctl(9999, 0));
    IS(syscall, syscall(SYS_getpid) == getpid());
    IS(syscall, syscall(SYS_close, -1));
    IS(ptrace, ptrace(PTRACE_PEEKTEXT, 99999999, 0, 0));
    IS(getauxval, getauxval(AT_PAGESZ) >= 4096);
    IS(getauxval, getauxval(9999));
    IS(unshare, unshare(0x1));
    IS(setns, setns(99, 0));
    IS(setpgid, setpgid(99999999, 0));
    CHILD(setpgrp, _exit(setpgrp()));
    CHILD(setsid, _exit(setsid() != getpid()));
    CHILD(daemon, (daemon(1, 1) == 0 ? _exit(0) : _exit(1)));
    IS(setuid, setuid(getuid()));
    IS(seteuid, seteuid(geteuid()));
    IS(setgid, setgid(getgid()));
    IS(setegid, setegid(getegid()));
    IS(setreuid, setreuid(-1, -1));
    IS(setregid, setregid(-1, -1));
    IS(setresuid, setresuid(-1, -1, -1));
    IS(setresgid, setresgid(-1, -1, -1));
    IS(setfsuid, setfsuid(-1) == (int)geteuid());
    IS(setfsgid, setfsgid(-1) == (int)getegid());
    void *itself = dlopen(NULL, RTLD_NOW);
    IS(dlopen, itself);
    IS(dlopen, dlopen("no-such-library.so", RTLD_NOW) == NULL);
    IS(dlerror, dlerror() != NULL);
    IS(dlerror, dlerror());
    IS(dlsym, dlsym(itself, "malloc"));
    IS(dlsym, dlsym(itself, "no_such_symbol"));
    IS(dlsym, dlsym(RTLD_DEFAULT, "strlen") != NULL);
    IS(dladdr, dladdr((void *)&show, &about) != 0);
    IS(dladdr, strrchr(about.dli_fname, '/'));
    IS(dlinfo, (dlerror(), dlinfo(itself, 9999, text))); struct link_map *map = NULL;
    IS(dlinfo, dlinfo(itself, RTLD_DI_LINKMAP, &map));
    IS(dlinfo, map != NULL);
    IS(dlclose, dlclose(itself)); number = 0;
    IS(dl_iterate_phdr, dl_iterate_phdr(object, &number));
    IS(dl_iterate_phdr, number > 1); (void)priority;
}
