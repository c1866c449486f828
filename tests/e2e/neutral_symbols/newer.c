#include "show.h"
#include <resolv.h>
#include <search.h>
#include <spawn.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <threads.h>
#include <pthread.h>
#include <sys/sysmacros.h>

/* Symbols that came after glibc 2.17. */
static once_flag once = ONCE_FLAG_INIT; static mtx_t lock; static cnd_t changed; static tss_t own; static int ran, ready;
static void count(void) { ran++; }
static void dropped(void *value) { ran += (int)(long)value; }
static int gives(void *value) { tss_set(own, (void *)100L); return (int)(long)value; }
static int leaves(void *value) { thrd_exit((int)(long)value + 1); return 0; }
static int waits(void *value) { (void)value; mtx_lock(&lock); ready = 1; cnd_signal(&changed); while (ready != 2) cnd_wait(&changed, &lock); mtx_unlock(&lock); return 3; }

void show(void) {
    thrd_t thread; int result, status; struct timespec past = {1, 0}, wait = {0, 1000}; struct stat found; char text[64] = "abcdef"; pid_t pid; struct iovec into = {text, 3}; pthread_attr_t attributes; size_t size;
    DOES(explicit_bzero, explicit_bzero(text + 1, 2), text[0] * 1000 + text[1] + text[2]);
    IS(getentropy, getentropy(text, 16));
    IS(getentropy, getentropy(text, 1000));
    IS(getrandom, getrandom(text, 16, 0));
    IS(getrandom, getrandom(text, 16, 0x9999));
    IS(reallocarray, reallocarray(NULL, 10, 10));
    IS(reallocarray, reallocarray(NULL, (size_t)-1 / 2, 3));
    IS(gettid, gettid() == getpid());
    IS(memfd_create, memfd_create("shown", MFD_CLOEXEC) > 2);
    IS(mlock2, mlock2((void *)1, 1, 99) == -1);
    IS(copy_file_range, copy_file_range(99, NULL, 98, NULL, 1, 0));
    unsigned char query[512], answer[512];
    IS(res_mkquery, res_mkquery(0, "example.org", 1, 1, NULL, 0, NULL, query, sizeof query));
    IS(res_mkquery, query[5] * 1000 + query[12]);
    IS(res_send, res_send(query, 29, answer, sizeof answer) == -1);
    int file = open("newer", O_RDWR | O_CREAT | O_TRUNC, 0640); write(file, "contents", 8); struct stat64 large;
    IS(stat64, stat64("newer", &large));
    IS(fstat64, fstat64(file, &large));
    IS(lstat64, lstat64("newer", &large));
    IS(fstatat64, fstatat64(AT_FDCWD, "newer", &large, 0));
    IS(fstatat64, large.st_size);
    IS(stat, stat("newer", &found));
    IS(stat, found.st_size * 10000 + (found.st_mode & 0777));
    IS(fstat, fstat(file, &found));
    IS(fstat, S_ISREG(found.st_mode) && found.st_mtim.tv_sec > 1700000000);
    IS(lstat, lstat("none", &found));
    IS(fstatat, fstatat(AT_FDCWD, "newer", &found, AT_SYMLINK_NOFOLLOW));
    IS(fstatat, found.st_nlink);
    IS(mknod, mknod("fifo5", S_IFIFO | 0600, 0));
    IS(mknodat, mknodat(AT_FDCWD, "fifo5", S_IFIFO | 0600, 0));
    IS(pthread_getattr_default_np, pthread_getattr_default_np(&attributes));
    IS(pthread_getattr_default_np, (pthread_attr_getstacksize(&attributes, &size), size > 10000));
    IS(pthread_setattr_default_np, pthread_setattr_default_np(&attributes));
    DOES(call_once, (call_once(&once, count), call_once(&once, count)), ran);
    IS(mtx_init, mtx_init(&lock, mtx_plain));
    IS(cnd_init, cnd_init(&changed));
    IS(tss_create, tss_create(&own, dropped));
    IS(tss_set, tss_set(own, (void *)5L));
    IS(tss_get, (long)tss_get(own));
    IS(thrd_create, thrd_create(&thread, gives, (void *)7L));
    IS(thrd_join, thrd_join(thread, &result));
    IS(thrd_join, result);
    IS(tss_create, ran); thrd_create(&thread, leaves, (void *)7L); thrd_join(thread, &result);
    IS(thrd_exit, result);
    DOES(tss_delete, tss_delete(own), 0); thrd_create(&thread, waits, NULL);
    IS(mtx_lock, mtx_lock(&lock)); while (!ready) cnd_wait(&changed, &lock);
    IS(cnd_wait, ready); ready = 2;
    IS(cnd_signal, cnd_signal(&changed));
    IS(cnd_broadcast, cnd_broadcast(&changed));
    IS(mtx_unlock, mtx_unlock(&lock)); thrd_join(thread, &result);
    IS(cnd_signal, result); mtx_lock(&lock);
    IS(mtx_trylock, mtx_trylock(&lock));
    IS(cnd_timedwait, cnd_timedwait(&changed, &lock, &past)); mtx_unlock(&lock);
    DOES(mtx_destroy, mtx_destroy(&lock), 0); mtx_init(&lock, mtx_timed); mtx_lock(&lock);
    IS(mtx_timedlock, mtx_timedlock(&lock, &past));
    DOES(cnd_destroy, cnd_destroy(&changed), 0);
    IS(thrd_current, thrd_equal(thrd_current(), thrd_current()) != 0);
    IS(thrd_equal, thrd_equal(thread, thread) != 0);
    IS(thrd_sleep, thrd_sleep(&wait, NULL));
    DOES(thrd_yield, thrd_yield(), 0); thrd_create(&thread, gives, NULL);
    IS(thrd_detach, thrd_detach(thread));
    posix_spawn_file_actions_t actions; char *say[] = {"sh", "-c", "pwd > /tmp/told-by-newer; exit 5", NULL}, *none[] = {NULL}; posix_spawn_file_actions_init(&actions);
    IS(posix_spawn_file_actions_addchdir_np, posix_spawn_file_actions_addchdir_np(&actions, "/"));
    IS(posix_spawn_file_actions_addfchdir_np, posix_spawn_file_actions_addfchdir_np(&actions, open("/bin", O_RDONLY))); posix_spawn(&pid, "/bin/sh", &actions, NULL, say, none); waitpid(pid, &status, 0);
    IS(posix_spawn_file_actions_addfchdir_np, WEXITSTATUS(status));
    IS(_Fork, (pid = _Fork()) >= 0); if (pid == 0) _exit(6); waitpid(pid, &status, 0);
    IS(_Fork, WEXITSTATUS(status)); close(file); (void)into;
}
