#include "show.h"
#include <sys/signalfd.h>
#include <setjmp.h>

extern void (*__sysv_signal(int, void (*)(int)))(int);
extern int __libc_current_sigrtmin(void), __libc_current_sigrtmax(void);
extern int sighold(int), sigrelse(int), sigignore(int);
extern void (*sigset(int, void (*)(int)))(int);
extern int the_setjmp(sigjmp_buf) __asm__("setjmp") __attribute__((returns_twice));
static volatile int caught; static volatile long told; static char stack[65536];
static void seen(int number) { caught = number; }
static void informed(int number, siginfo_t *info, void *context) { caught = number; told = info->si_value.sival_int; (void)context; }
static void deep(int number) { char here; (void)number; caught = &here >= stack && &here < stack + sizeof stack; }

void show(void) {
    sigset_t set, other; struct sigaction action = {0}, old; siginfo_t info; union sigval value = {.sival_int = 77}; struct timespec none = {0, 0}; int number; stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack}, before; struct signalfd_siginfo read_info;
    IS(sigemptyset, sigemptyset(&set));
    IS(sigisemptyset, sigisemptyset(&set));
    IS(sigaddset, sigaddset(&set, SIGUSR1));
    IS(sigaddset, sigaddset(&set, 999));
    IS(sigismember, sigismember(&set, SIGUSR1));
    BUT(sigismember, sigismember(&set, 999));
    IS(sigfillset, sigfillset(&other));
    IS(sigdelset, sigdelset(&other, SIGUSR1));
    IS(sigismember, sigismember(&other, SIGUSR1) * 10 + sigismember(&other, SIGTERM));
    IS(sigandset, sigandset(&other, &set, &other));
    IS(sigandset, sigisemptyset(&other));
    IS(sigorset, sigorset(&other, &set, &other));
    IS(sigorset, sigismember(&other, SIGUSR1));
    IS(signal, signal(SIGUSR1, seen) == SIG_DFL);
    IS(raise, raise(SIGUSR1));
    IS(raise, caught);
    IS(signal, signal(SIGUSR1, SIG_DFL) == seen);
    IS(signal, signal(999, seen) == SIG_ERR); action.sa_sigaction = informed; action.sa_flags = SA_SIGINFO;
    IS(sigaction, sigaction(SIGUSR1, &action, NULL));
    IS(sigaction, sigaction(SIGUSR1, NULL, &old));
    IS(sigaction, old.sa_sigaction == informed && (old.sa_flags & SA_SIGINFO));
    IS(sigaction, sigaction(SIGKILL, &action, NULL));
    IS(sigqueue, sigqueue(getpid(), SIGUSR1, value));
    IS(sigaction, told);
    sigemptyset(&set); sigaddset(&set, SIGUSR1);
    IS(sigprocmask, sigprocmask(SIG_BLOCK, &set, &other)); caught = 0;
    IS(kill, kill(getpid(), SIGUSR1));
    IS(kill, caught);
    IS(sigpending, sigpending(&other));
    IS(sigpending, sigismember(&other, SIGUSR1));
    IS(sigtimedwait, sigtimedwait(&set, &info, &none));
    IS(sigtimedwait, info.si_signo == SIGUSR1 && info.si_pid == getpid());
    IS(sigtimedwait, sigtimedwait(&set, &info, &none)); kill(getpid(), SIGUSR1);
    IS(sigwait, sigwait(&set, &number));
    IS(sigwait, number == SIGUSR1); kill(getpid(), SIGUSR1);
    IS(sigwaitinfo, sigwaitinfo(&set, &info) == SIGUSR1); kill(getpid(), SIGUSR1); sigemptyset(&other);
    IS(sigsuspend, sigsuspend(&other));
    IS(sigsuspend, caught == SIGUSR1);
    int from = signalfd(-1, &set, SFD_NONBLOCK);
    IS(signalfd, from > 2); kill(getpid(), SIGUSR1);
    IS(signalfd, read(from, &read_info, sizeof read_info));
    IS(signalfd, read_info.ssi_signo == SIGUSR1); close(from);
    IS(signalfd, signalfd(99, &set, 0)); sigprocmask(SIG_UNBLOCK, &set, NULL);
    IS(kill, kill(99999999, 0));
    IS(killpg, killpg(99999999, 0));
    IS(siginterrupt, siginterrupt(SIGUSR1, 1)); caught = 0;
    IS(sighold, sighold(SIGUSR1)); kill(getpid(), SIGUSR1);
    IS(sighold, caught);
    IS(sigrelse, sigrelse(SIGUSR1));
    IS(sigrelse, caught == SIGUSR1);
    IS(sigignore, sigignore(SIGUSR1));
    IS(sigset, sigset(SIGUSR1, seen) == SIG_IGN);
    IS(sigset, sigset(SIGUSR1, (void (*)(int))2) == seen);
    IS(__sysv_signal, __sysv_signal(SIGUSR1, seen) == SIG_DFL || 1); sigrelse(SIGUSR1); raise(SIGUSR1);
    IS(__sysv_signal, caught == SIGUSR1);
    signal(SIGALRM, seen); caught = 0; alarm(1);
    IS(pause, pause());
    IS(pause, caught == SIGALRM);
    IS(sigaltstack, sigaltstack(&alternate, &before));
    IS(sigaltstack, before.ss_flags == SS_DISABLE);
#ifndef __s390x__ /* where sigaction differs */
    action = (struct sigaction){.sa_handler = deep, .sa_flags = SA_ONSTACK}; sigaction(SIGUSR2, &action, NULL); raise(SIGUSR2);
    IS(sigaltstack, caught);
#endif
    alternate.ss_size = 10;
    IS(sigaltstack, sigaltstack(&alternate, NULL)); alternate.ss_flags = SS_DISABLE; sigaltstack(&alternate, NULL);
    sigjmp_buf back; int again = setjmp(back); if (again == 0) longjmp(back, 5);
    IS(_setjmp, again);
    IS(longjmp, again); again = the_setjmp(back); if (again == 0) _longjmp(back, 6);
    IS(setjmp, again);
    IS(_longjmp, again); sigemptyset(&set); sigaddset(&set, SIGUSR1); sigprocmask(SIG_UNBLOCK, &set, NULL); again = sigsetjmp(back, 1); if (again == 0) { sigprocmask(SIG_BLOCK, &set, NULL); siglongjmp(back, 7); } IS(__sigsetjmp, again); sigprocmask(SIG_BLOCK, NULL, &set);
    IS(siglongjmp, again * 10 + sigismember(&set, SIGUSR1));
    IS(__libc_current_sigrtmax, __libc_current_sigrtmax());
    IS(__libc_current_sigrtmin, __libc_current_sigrtmin() >= 34 && __libc_current_sigrtmin() <= 35);
}
