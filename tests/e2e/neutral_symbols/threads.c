#include "show.h"
#include <pthread.h>
#include <sched.h>

extern int __sched_cpucount(size_t, const cpu_set_t *);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; static pthread_cond_t changed = PTHREAD_COND_INITIALIZER; static pthread_once_t once = PTHREAD_ONCE_INIT; static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER; static pthread_barrier_t barrier; static pthread_key_t own;
static int ran, ready;
static void count(void) { ran++; }
static void dropped(void *value) { ran += (int)(long)value; }
static void *gives(void *value) { return value; }
static void *leaves(void *value) { pthread_setspecific(own, (void *)100); pthread_exit(value); return NULL; }
static void *waits(void *value) { pthread_mutex_lock(&lock); ready = 1; pthread_cond_signal(&changed); while (ready != 2) pthread_cond_wait(&changed, &lock); pthread_mutex_unlock(&lock); return value; }
static void *meets(void *value) { (void)value; return (void *)(long)(pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD); }
static void *endless(void *value) { int old; (void)value; pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old); pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old); for (;;) { pthread_testcancel(); usleep(100); } return NULL; }
static void noted(void *value) { ran = ran * 10 + (int)(long)value; }
static void *cleans(void *value) { pthread_cleanup_push(noted, (void *)1); pthread_cleanup_push(noted, (void *)2); pthread_cleanup_push(noted, value); pthread_cleanup_pop(1); if (value) pthread_exit(value); for (;;) { pthread_testcancel(); usleep(100); } pthread_cleanup_pop(0); pthread_cleanup_pop(0); return NULL; }
static void *stays(void *value) { pthread_cleanup_push(noted, (void *)1); pthread_cleanup_push(noted, (void *)2); pthread_cleanup_pop(0); pthread_cleanup_pop(1); return value; }
static void *naps(void *value) { usleep(200000); return value; }

void show(void) {
    pthread_t thread; pthread_attr_t attributes; pthread_mutexattr_t kind; pthread_condattr_t condition; pthread_rwlockattr_t reads; pthread_barrierattr_t many; pthread_mutex_t mutex; pthread_cond_t fresh; pthread_rwlock_t another; pthread_spinlock_t spin; void *result; int number; size_t size; struct sched_param priority = {0}; struct timespec past = {1, 0}; cpu_set_t set; clockid_t clock; sigset_t signals; char name[16];
    IS(pthread_create, pthread_create(&thread, NULL, gives, (void *)7));
    IS(pthread_join, pthread_join(thread, &result));
    IS(pthread_join, (long)result);
    IS(pthread_key_create, pthread_key_create(&own, dropped)); pthread_create(&thread, NULL, leaves, (void *)8); pthread_join(thread, &result);
    IS(pthread_exit, (long)result);
    IS(pthread_setspecific, ran);
    IS(pthread_setspecific, pthread_setspecific(own, (void *)5));
    IS(pthread_getspecific, (long)pthread_getspecific(own));
    IS(pthread_key_delete, pthread_key_delete(own));
    IS(pthread_self, pthread_self() == pthread_self());
    IS(pthread_equal, pthread_equal(pthread_self(), pthread_self()) != 0); ran = 0; pthread_once(&once, count);
    IS(pthread_once, pthread_once(&once, count));
    IS(pthread_once, ran);
    pthread_create(&thread, NULL, waits, (void *)9);
    IS(pthread_mutex_lock, pthread_mutex_lock(&lock)); while (!ready) pthread_cond_wait(&changed, &lock);
    IS(pthread_cond_wait, ready); ready = 2;
    IS(pthread_cond_signal, pthread_cond_signal(&changed));
    IS(pthread_cond_broadcast, pthread_cond_broadcast(&changed));
    IS(pthread_mutex_unlock, pthread_mutex_unlock(&lock)); pthread_join(thread, &result);
    IS(pthread_cond_signal, (long)result); pthread_mutex_lock(&lock);
    IS(pthread_cond_timedwait, pthread_cond_timedwait(&changed, &lock, &past));
    IS(pthread_mutex_trylock, pthread_mutex_trylock(&lock));
    IS(pthread_mutex_timedlock, pthread_mutex_timedlock(&lock, &past)); pthread_mutex_unlock(&lock);
    IS(pthread_mutex_trylock, pthread_mutex_trylock(&lock)); pthread_mutex_unlock(&lock);
    IS(pthread_mutexattr_init, pthread_mutexattr_init(&kind));
    IS(pthread_mutexattr_gettype, (pthread_mutexattr_gettype(&kind, &number), number));
    IS(pthread_mutexattr_settype, pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE));
    IS(pthread_mutexattr_gettype, (pthread_mutexattr_gettype(&kind, &number), number));
    IS(pthread_mutex_init, pthread_mutex_init(&mutex, &kind));
    IS(pthread_mutex_lock, pthread_mutex_lock(&mutex) + pthread_mutex_lock(&mutex)); pthread_mutex_unlock(&mutex); pthread_mutex_unlock(&mutex);
    IS(pthread_mutex_unlock, pthread_mutex_unlock(&mutex));
    IS(pthread_mutex_destroy, pthread_mutex_destroy(&mutex)); pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK); pthread_mutex_init(&mutex, &kind); pthread_mutex_lock(&mutex);
    IS(pthread_mutex_lock, pthread_mutex_lock(&mutex)); pthread_mutex_unlock(&mutex);
    IS(pthread_mutexattr_settype, pthread_mutexattr_settype(&kind, 99));
    IS(pthread_mutexattr_setrobust, pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_STALLED));
    IS(pthread_mutexattr_setrobust, pthread_mutexattr_setrobust(&kind, 99));
    IS(pthread_mutexattr_getrobust, (pthread_mutexattr_getrobust(&kind, &number), number));
#if defined __x86_64__ /* musl asks the kernel first, which an emulator does not let it */
    IS(pthread_mutexattr_setrobust, pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST));
    IS(pthread_mutexattr_getrobust, (pthread_mutexattr_getrobust(&kind, &number), number));
#endif
    IS(pthread_mutexattr_setpshared, pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED));
    IS(pthread_mutexattr_getpshared, (pthread_mutexattr_getpshared(&kind, &number), number));
    IS(pthread_mutexattr_setprotocol, pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_NONE));
    IS(pthread_mutexattr_getprotocol, (pthread_mutexattr_getprotocol(&kind, &number), number));
    IS(pthread_mutex_consistent, pthread_mutex_consistent(&mutex));
    IS(pthread_mutex_getprioceiling, pthread_mutex_getprioceiling(&mutex, &number));
    IS(pthread_mutex_setprioceiling, pthread_mutex_setprioceiling(&mutex, 1, &number));
    IS(pthread_mutexattr_destroy, pthread_mutexattr_destroy(&kind));
    IS(pthread_condattr_init, pthread_condattr_init(&condition));
    IS(pthread_condattr_setclock, pthread_condattr_setclock(&condition, CLOCK_MONOTONIC));
    IS(pthread_condattr_getclock, (pthread_condattr_getclock(&condition, &clock), clock));
    BUT(pthread_condattr_setclock, pthread_condattr_setclock(&condition, 99));
    IS(pthread_condattr_setpshared, pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED));
    IS(pthread_condattr_getpshared, (pthread_condattr_getpshared(&condition, &number), number));
    IS(pthread_cond_init, pthread_cond_init(&fresh, &condition));
    IS(pthread_cond_destroy, pthread_cond_destroy(&fresh));
    IS(pthread_condattr_destroy, pthread_condattr_destroy(&condition));
    IS(pthread_rwlock_rdlock, pthread_rwlock_rdlock(&shared));
    IS(pthread_rwlock_tryrdlock, pthread_rwlock_tryrdlock(&shared));
    IS(pthread_rwlock_trywrlock, pthread_rwlock_trywrlock(&shared));
    IS(pthread_rwlock_timedrdlock, pthread_rwlock_timedrdlock(&shared, &past));
    IS(pthread_rwlock_unlock, pthread_rwlock_unlock(&shared) + pthread_rwlock_unlock(&shared) + pthread_rwlock_unlock(&shared));
    IS(pthread_rwlock_wrlock, pthread_rwlock_wrlock(&shared));
    IS(pthread_rwlock_tryrdlock, pthread_rwlock_tryrdlock(&shared)); pthread_rwlock_unlock(&shared);
    IS(pthread_rwlock_timedwrlock, pthread_rwlock_timedwrlock(&shared, &past)); pthread_rwlock_unlock(&shared);
    IS(pthread_rwlockattr_init, pthread_rwlockattr_init(&reads));
    IS(pthread_rwlockattr_setpshared, pthread_rwlockattr_setpshared(&reads, PTHREAD_PROCESS_SHARED));
    IS(pthread_rwlockattr_getpshared, (pthread_rwlockattr_getpshared(&reads, &number), number));
    IS(pthread_rwlock_init, pthread_rwlock_init(&another, &reads));
    IS(pthread_rwlock_destroy, pthread_rwlock_destroy(&another));
    IS(pthread_rwlockattr_destroy, pthread_rwlockattr_destroy(&reads));
    IS(pthread_barrierattr_init, pthread_barrierattr_init(&many));
    IS(pthread_barrierattr_setpshared, pthread_barrierattr_setpshared(&many, PTHREAD_PROCESS_PRIVATE));
    IS(pthread_barrierattr_getpshared, (pthread_barrierattr_getpshared(&many, &number), number));
    IS(pthread_barrier_init, pthread_barrier_init(&barrier, &many, 2)); pthread_create(&thread, NULL, meets, NULL); number = pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD; pthread_join(thread, &result);
    IS(pthread_barrier_wait, number + (long)result);
    IS(pthread_barrier_destroy, pthread_barrier_destroy(&barrier));
    IS(pthread_barrier_init, pthread_barrier_init(&barrier, NULL, 0));
    IS(pthread_barrierattr_destroy, pthread_barrierattr_destroy(&many));
    IS(pthread_spin_init, pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
    IS(pthread_spin_lock, pthread_spin_lock(&spin));
    IS(pthread_spin_trylock, pthread_spin_trylock(&spin));
    IS(pthread_spin_unlock, pthread_spin_unlock(&spin));
    IS(pthread_spin_destroy, pthread_spin_destroy(&spin));
    pthread_create(&thread, NULL, endless, NULL);
    IS(pthread_cancel, pthread_cancel(thread)); pthread_join(thread, &result);
    IS(pthread_cancel, result == PTHREAD_CANCELED);
    ran = 0; pthread_create(&thread, NULL, cleans, NULL); pthread_cancel(thread); pthread_join(thread, &result);
    IS(_pthread_cleanup_push, ran);
    IS(_pthread_cleanup_push, result == PTHREAD_CANCELED); ran = 0; pthread_create(&thread, NULL, cleans, (void *)3); pthread_join(thread, &result);
    IS(_pthread_cleanup_pop, ran);
    IS(_pthread_cleanup_push, (long)result); ran = 0; pthread_create(&thread, NULL, stays, (void *)4); pthread_join(thread, &result);
    IS(_pthread_cleanup_pop, ran);
    IS(_pthread_cleanup_pop, (long)result);
    IS(pthread_setcancelstate, pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &number));
    IS(pthread_setcancelstate, number);
    IS(pthread_setcanceltype, pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &number));
    IS(pthread_setcanceltype, number);
    DOES(pthread_testcancel, pthread_testcancel(), 0); pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &number);
    IS(pthread_setcancelstate, pthread_setcancelstate(99, &number));
    pthread_create(&thread, NULL, naps, (void *)3);
    IS(pthread_tryjoin_np, pthread_tryjoin_np(thread, &result));
    IS(pthread_timedjoin_np, pthread_timedjoin_np(thread, &result, &past));
    IS(pthread_kill, pthread_kill(thread, 0));
    IS(pthread_kill, pthread_kill(thread, 999)); pthread_join(thread, &result); pthread_create(&thread, NULL, gives, NULL);
    IS(pthread_detach, pthread_detach(thread));
    IS(pthread_attr_init, pthread_attr_init(&attributes));
    IS(pthread_attr_getdetachstate, (pthread_attr_getdetachstate(&attributes, &number), number));
    IS(pthread_attr_setdetachstate, pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
    IS(pthread_attr_getdetachstate, (pthread_attr_getdetachstate(&attributes, &number), number));
    IS(pthread_attr_setdetachstate, pthread_attr_setdetachstate(&attributes, 99));
    IS(pthread_attr_setstacksize, pthread_attr_setstacksize(&attributes, 1 << 20));
    IS(pthread_attr_getstacksize, (pthread_attr_getstacksize(&attributes, &size), size));
    IS(pthread_attr_setstacksize, pthread_attr_setstacksize(&attributes, 1));
    IS(pthread_attr_setguardsize, pthread_attr_setguardsize(&attributes, 8192));
    IS(pthread_attr_getguardsize, (pthread_attr_getguardsize(&attributes, &size), size));
    IS(pthread_attr_setinheritsched, pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED));
    IS(pthread_attr_getinheritsched, (pthread_attr_getinheritsched(&attributes, &number), number));
    IS(pthread_attr_setschedpolicy, pthread_attr_setschedpolicy(&attributes, SCHED_RR));
    IS(pthread_attr_getschedpolicy, (pthread_attr_getschedpolicy(&attributes, &number), number)); priority.sched_priority = 5;
    IS(pthread_attr_setschedparam, pthread_attr_setschedparam(&attributes, &priority)); priority.sched_priority = 0;
    IS(pthread_attr_getschedparam, (pthread_attr_getschedparam(&attributes, &priority), priority.sched_priority));
    IS(pthread_attr_setscope, pthread_attr_setscope(&attributes, PTHREAD_SCOPE_SYSTEM));
    IS(pthread_attr_getscope, (pthread_attr_getscope(&attributes, &number), number));
    result = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    IS(pthread_attr_setstack, pthread_attr_setstack(&attributes, result, 1 << 20)); void *stack;
    IS(pthread_attr_getstack, pthread_attr_getstack(&attributes, &stack, &size));
    IS(pthread_attr_getstack, stack == result && size == 1 << 20);
    IS(pthread_attr_destroy, pthread_attr_destroy(&attributes));
    IS(pthread_getattr_np, pthread_getattr_np(pthread_self(), &attributes));
    IS(pthread_getattr_np, (pthread_attr_getstack(&attributes, &stack, &size), (char *)&size > (char *)stack && (char *)&size < (char *)stack + size));
    IS(pthread_getaffinity_np, pthread_getaffinity_np(pthread_self(), sizeof set, &set));
    IS(pthread_setaffinity_np, pthread_setaffinity_np(pthread_self(), sizeof set, &set));
    IS(sched_getaffinity, sched_getaffinity(0, sizeof set, &set));
    IS(sched_setaffinity, sched_setaffinity(0, sizeof set, &set)); CPU_ZERO(&set); CPU_SET(3, &set); CPU_SET(70, &set);
    IS(__sched_cpucount, __sched_cpucount(sizeof set, &set));
    IS(sched_getcpu, sched_getcpu() >= 0);
    IS(pthread_getcpuclockid, pthread_getcpuclockid(pthread_self(), &clock));
    IS(pthread_getcpuclockid, clock_gettime(clock, &past));
    IS(pthread_getconcurrency, pthread_getconcurrency());
    IS(pthread_setconcurrency, pthread_setconcurrency(-1));
    IS(pthread_setname_np, pthread_setname_np(pthread_self(), "named"));
    IS(pthread_setname_np, pthread_setname_np(pthread_self(), "a name that is too long"));
    IS(pthread_getname_np, pthread_getname_np(pthread_self(), name, sizeof name));
    IS(pthread_getname_np, (char *)name);
    IS(pthread_getschedparam, pthread_getschedparam(pthread_self(), &number, &priority));
    IS(pthread_getschedparam, number * 100 + priority.sched_priority);
    IS(pthread_setschedparam, pthread_setschedparam(pthread_self(), SCHED_OTHER, &priority));
    IS(pthread_setschedparam, pthread_setschedparam(pthread_self(), 99, &priority));
    IS(pthread_setschedprio, pthread_setschedprio(pthread_self(), 0));
    sigemptyset(&signals); sigaddset(&signals, SIGUSR1);
    IS(pthread_sigmask, pthread_sigmask(SIG_BLOCK, &signals, NULL));
    IS(pthread_sigmask, (pthread_sigmask(SIG_UNBLOCK, NULL, &signals), sigismember(&signals, SIGUSR1)));
    IS(pthread_sigmask, pthread_sigmask(99, &signals, NULL));
    IS(sched_yield, sched_yield());
    IS(sched_get_priority_max, sched_get_priority_max(SCHED_FIFO));
    IS(sched_get_priority_min, sched_get_priority_min(SCHED_FIFO));
    IS(sched_get_priority_max, sched_get_priority_max(99));
    IS(sched_rr_get_interval, sched_rr_get_interval(99999999, &past));
}
