#include "show.h"
#include <ftw.h>
#include <mntent.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <sys/mount.h>
#include <utime.h>
#include <aio.h>

#define VERSION (sizeof(long) == 8 ? 1 : 3) /* _STAT_VER of glibc's structure */
extern int __fxstat(int, int, struct stat *), __xstat(int, const char *, struct stat *), __lxstat(int, const char *, struct stat *), __fxstatat(int, int, const char *, struct stat *, int);
extern int __xmknod(int, const char *, mode_t, dev_t *), __xmknodat(int, int, const char *, mode_t, dev_t *);
extern int eaccess(const char *, int), euidaccess(const char *, int);
extern int lchmod(const char *, mode_t);

static int of_x86(void) {
#if defined __x86_64__
    return 1;
#else
    return 0;
#endif
}
static int plain(const struct dirent *entry) { return entry->d_name[0] != '.'; }
static void described(const char *symbol, const struct stat *found) {
    printf("%s: %o %lld %d %d %d %lld\n", symbol, (unsigned)found->st_mode, (long long)found->st_size, (int)found->st_nlink, found->st_uid == getuid(), found->st_mtim.tv_sec > 1700000000, (long long)(found->st_blksize > 0));
}
static int walked;

void show(void) {
    char text[4096], name[] = "made-XXXXXX", ended[] = "made-XXXXXX.c"; struct stat found; struct statfs space; struct statvfs spaces; DIR *folder; struct dirent *entry, entry_place, **entries; fd_set ready; struct timeval none = {0, 0}; struct timespec nothing = {0, 0};
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0640), pair[2], other, version = of_x86() ? 1 : 0; struct iovec parts[] = {{"one", 3}, {"two", 3}}, into[] = {{text, 2}, {text + 2, 2}}; off_t place; long at;
    if (sizeof(struct stat) == 0) version = VERSION;
    IS(umask, (umask(022), umask(022)));
    IS(open, file > 2);
    IS(open, open("none", O_RDONLY));
    IS(open, open("file", O_CREAT | O_EXCL, 0600));
    IS(openat, openat(AT_FDCWD, "none/at/all", O_RDONLY));
    IS(creat, (other = creat("created", 0600)) > 2);
    IS(write, write(file, "hello world", 11));
    IS(write, write(99, "", 1));
    IS(lseek, lseek(file, 0, SEEK_SET));
    IS(lseek, lseek(file, -1, SEEK_SET));
    IS(read, read(file, text, 5));
    IS(close, close(other));
    IS(close, close(other));
    IS(pwrite, pwrite(file, "HE", 2, 0));
    IS(pread, pread(file, text, 4, 0));
    IS(pread, (text[4] = 0, (char *)text));
    IS(writev, writev(file, parts, 2));
    IS(pwritev, pwritev(file, parts, 2, 100));
    IS(preadv, preadv(file, into, 2, 100)); lseek(file, 0, SEEK_SET);
    IS(readv, readv(file, into, 2));
    IS(readv, text[3]);
    IS(ftruncate, ftruncate(file, 20));
    IS(truncate, truncate("file", 30));
    IS(truncate, truncate("none", 1));
    IS(fsync, fsync(file));
    IS(fdatasync, fdatasync(file));
    DOES(sync, sync(), 0);
    IS(syncfs, syncfs(file));
    IS(syncfs, syncfs(99));
    IS(sync_file_range, sync_file_range(99, 0, 0, 0));
    IS(fallocate, fallocate(99, 0, 0, 1));
    IS(posix_fallocate, posix_fallocate(file, 0, 40));
    IS(posix_fallocate, posix_fallocate(99, 0, 1));
    IS(posix_fadvise, posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
    IS(posix_fadvise, posix_fadvise(99, 0, 0, 0));
    IS(readahead, readahead(99, 0, 1));
    IS(__xstat, __xstat(version, "file", &found)); described("__xstat", &found);
    IS(__fxstat, __fxstat(version, file, &found)); described("__fxstat", &found);
    IS(symlink, symlink("file", "link"));
    IS(__lxstat, __lxstat(version, "link", &found));
    IS(__lxstat, S_ISLNK(found.st_mode));
    IS(__fxstatat, __fxstatat(version, AT_FDCWD, "link", &found, 0)); described("__fxstatat", &found);
    IS(__xstat, __xstat(version, "none", &found));
    dev_t device = 0;
    IS(__xmknod, __xmknod(0, "fifo1", S_IFIFO | 0600, &device));
    IS(__xmknodat, __xmknodat(0, AT_FDCWD, "fifo2", S_IFIFO | 0600, &device));
    IS(mkfifo, mkfifo("fifo3", 0600));
    IS(mkfifo, mkfifo("fifo3", 0600));
    IS(mkfifoat, mkfifoat(AT_FDCWD, "fifo4", 0600));
    IS(symlinkat, symlinkat("file", AT_FDCWD, "link2"));
    IS(readlink, (memset(text, 0, 9), readlink("link", text, sizeof text)));
    IS(readlink, (char *)text);
    IS(readlink, readlink("file", text, 9));
    IS(readlinkat, readlinkat(AT_FDCWD, "link2", text, 2));
    IS(link, link("file", "hard"));
    IS(linkat, linkat(AT_FDCWD, "file", AT_FDCWD, "hard2", 0));
    IS(link, link("none", "x"));
    IS(unlink, unlink("hard"));
    IS(unlink, unlink("hard"));
    IS(unlinkat, unlinkat(AT_FDCWD, "hard2", 0));
    IS(rename, rename("created", "renamed"));
    IS(renameat, renameat(AT_FDCWD, "renamed", AT_FDCWD, "created"));
    IS(rename, rename("none", "x"));
    IS(mkdir, mkdir("folder", 0700));
    IS(mkdir, mkdir("folder", 0700));
    IS(mkdirat, mkdirat(AT_FDCWD, "folder/inner", 0700));
    IS(rmdir, rmdir("folder"));
    IS(rmdir, rmdir("folder/inner"));
    IS(chdir, chdir("folder"));
    IS(getcwd, getcwd(text, sizeof text) == text);
    IS(getcwd, strcmp(strrchr(getcwd(NULL, 0), '/'), "/folder"));
    IS(getcwd, getcwd(text, 2));
    IS(get_current_dir_name, strcmp(strrchr(get_current_dir_name(), '/'), "/folder")); chdir(".."); other = open(".", O_RDONLY);
    IS(fchdir, fchdir(other)); close(other);
    IS(chdir, chdir("none"));
    IS(realpath, strcmp(strrchr(realpath("link", NULL), '/'), "/file"));
    IS(realpath, realpath("none/x", text));
    IS(access, access("file", R_OK));
    IS(access, access("none", F_OK));
    IS(eaccess, eaccess("file", W_OK));
    IS(euidaccess, euidaccess("none", F_OK));
    IS(faccessat, faccessat(AT_FDCWD, "file", R_OK, 0));
    IS(chmod, chmod("file", 0600));
    IS(fchmod, fchmod(file, 0644));
    IS(fchmodat, fchmodat(AT_FDCWD, "file", 0640, 0));
    IS(lchmod, lchmod("file", 0640));
    IS(chmod, chmod("none", 0600));
    IS(chown, chown("file", -1, -1));
    IS(fchown, fchown(file, -1, -1));
    IS(lchown, lchown("link", -1, -1));
    IS(fchownat, fchownat(AT_FDCWD, "none", -1, -1, 0));
    struct timeval times[2] = {{1000000000, 0}, {1000000001, 5}}; struct timespec precise[2] = {{1000000002, 0}, {1000000003, 7}}; struct utimbuf plainly = {1000000004, 1000000005};
    #define MTIME (__fxstat(version, file, &found), (long long)found.st_mtim.tv_sec * 10 + found.st_mtim.tv_nsec % 10)
    IS(utimes, utimes("file", times));
    IS(utimes, MTIME);
    IS(futimes, futimes(file, times));
    IS(futimens, futimens(file, precise));
    IS(futimens, MTIME);
    IS(utimensat, utimensat(AT_FDCWD, "file", precise, 0));
    IS(utimensat, utimensat(AT_FDCWD, "none", precise, 0));
    IS(utime, utime("file", &plainly));
    IS(utime, MTIME);
    IS(lutimes, lutimes("link", times));
    IS(futimesat, futimesat(AT_FDCWD, "file", times));
    IS(futimesat, MTIME);
    folder = opendir(".");
    IS(opendir, folder);
    IS(opendir, opendir("none"));
    IS(dirfd, dirfd(folder) > 2); walked = 0; while ((entry = readdir(folder))) walked += entry->d_name[0] == 'l';
    IS(readdir, walked);
    DOES(rewinddir, rewinddir(folder), 0);
    IS(readdir_r, readdir_r(folder, &entry_place, &entry));
    IS(readdir_r, entry == &entry_place); at = telldir(folder); entry = readdir(folder); strcpy(text, entry->d_name);
    IS(telldir, at != -1);
    DOES(seekdir, seekdir(folder, at), strcmp(readdir(folder)->d_name, text));
    IS(closedir, closedir(folder));
    IS(fdopendir, fdopendir(99)); other = open(".", O_RDONLY);
    IS(fdopendir, (folder = fdopendir(other))); closedir(folder);
    IS(scandir, scandir(".", &entries, plain, alphasort));
    IS(scandir, (const char *)entries[0]->d_name);
    IS(alphasort, alphasort((const struct dirent **)&entries[0], (const struct dirent **)&entries[1]) < 0);
    IS(versionsort, versionsort((const struct dirent **)&entries[1], (const struct dirent **)&entries[0]) > 0);
    IS(statfs, statfs("/proc", &space));
    IS(statfs, space.f_type == 0x9fa0);
    IS(statfs, space.f_bsize > 0);
    IS(fstatfs, fstatfs(99, &space));
    IS(statvfs, statvfs("/proc", &spaces));
    IS(statvfs, spaces.f_namemax);
    IS(fstatvfs, fstatvfs(file, &spaces));
    IS(fstatvfs, spaces.f_frsize > 0);
    IS(mkstemp, mkstemp(name) > 2);
    IS(mkstemp, strlen(name)); memset(name + 5, 'X', 6);
    IS(mkostemp, mkostemp(name, O_CLOEXEC) > 2);
    IS(mkstemps, mkstemps(ended, 2) > 2); memset(ended + 5, 'X', 6);
    IS(mkostemps, mkostemps(ended, 2, 0) > 2); memset(name + 5, 'X', 6);
    IS(mkdtemp, mkdtemp(name) == name); memset(name + 5, 'X', 6);
    IS(mktemp, mktemp(name) == name);
    IS(mkstemp, mkstemp(text));
    IS(dup, (other = dup(file)) > 2);
    IS(dup2, dup2(file, other) == other);
    IS(dup3, dup3(file, other, O_CLOEXEC) == other);
    IS(dup3, dup3(file, file, 0));
    IS(fcntl, fcntl(other, F_GETFD));
    IS(fcntl, fcntl(other, F_GETFL) & O_ACCMODE);
    IS(fcntl, fcntl(99, F_GETFD)); struct flock region = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    IS(fcntl, fcntl(file, F_SETLK, &region));
    IS(flock, flock(file, LOCK_EX | LOCK_NB));
    IS(flock, flock(99, LOCK_SH));
    IS(lockf, lockf(file, F_TLOCK, 1));
    IS(lockf, lockf(file, F_ULOCK, 1)); close(other);
    IS(pipe, pipe(pair));
    IS(ioctl, (write(pair[1], "abc", 3), ioctl(pair[0], FIONREAD, &other)));
    IS(ioctl, other);
    IS(ioctl, ioctl(file, TIOCGWINSZ, text)); FD_ZERO(&ready); FD_SET(pair[0], &ready);
    IS(select, select(pair[0] + 1, &ready, NULL, NULL, &none));
    IS(select, FD_ISSET(pair[0], &ready) != 0);
    IS(pselect, pselect(pair[0] + 1, &ready, NULL, NULL, &nothing, NULL)); struct pollfd watched = {pair[0], POLLIN, 0};
    IS(poll, poll(&watched, 1, 0));
    IS(poll, watched.revents);
    IS(ppoll, ppoll(&watched, 1, &nothing, NULL));
    int epoll = epoll_create(1); struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x123456789abcULL};
    IS(epoll_create, epoll > 2);
    IS(epoll_create1, epoll_create1(EPOLL_CLOEXEC) > 2);
    IS(epoll_ctl, epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event)); memset(&event, 0, sizeof event);
    IS(epoll_wait, epoll_wait(epoll, &event, 1, 0));
    IS(epoll_wait, (long long)event.data.u64);
    IS(epoll_pwait, epoll_pwait(epoll, &event, 1, 0, NULL));
    IS(epoll_ctl, epoll_ctl(epoll, 99, 0, &event));
    int second[2];
    IS(pipe2, pipe2(second, O_CLOEXEC | O_NONBLOCK));
    IS(pipe2, fcntl(second[0], F_GETFD));
    IS(tee, tee(pair[0], second[1], 3, SPLICE_F_NONBLOCK));
    IS(splice, splice(pair[0], NULL, second[1], NULL, 2, SPLICE_F_NONBLOCK));
    IS(vmsplice, vmsplice(pair[1], parts, 1, 0)); place = 0;
    IS(sendfile, sendfile(second[1], file, &place, 4));
    IS(sendfile, place);
    uint64_t count = 0; int counter = eventfd(3, EFD_NONBLOCK);
    IS(eventfd, counter > 2);
    IS(eventfd_write, eventfd_write(counter, 4));
    IS(eventfd_read, eventfd_read(counter, &count));
    IS(eventfd_read, count);
    IS(eventfd_read, eventfd_read(counter, &count));
    int notes = inotify_init1(IN_NONBLOCK);
    IS(inotify_init, inotify_init() > 2);
    IS(inotify_init1, notes > 2);
    IS(inotify_add_watch, (other = inotify_add_watch(notes, ".", IN_CREATE)));
    IS(inotify_rm_watch, inotify_rm_watch(notes, other));
    IS(inotify_rm_watch, inotify_rm_watch(notes, 99));
    IS(fanotify_init, fanotify_init(0xffffff, 0));
    IS(fanotify_mark, fanotify_mark(99, 0, 0, 0, NULL));
    IS(setxattr, setxattr("none", "user.a", "b", 1, 0));
    IS(getxattr, getxattr("none", "user.a", text, 9));
    IS(lsetxattr, lsetxattr("none", "user.a", "b", 1, 0));
    IS(lgetxattr, lgetxattr("none", "user.a", text, 9));
    IS(fsetxattr, fsetxattr(99, "user.a", "b", 1, 0));
    IS(fgetxattr, fgetxattr(99, "user.a", text, 9));
    IS(listxattr, listxattr("none", text, 9));
    IS(llistxattr, llistxattr("none", text, 9));
    IS(flistxattr, flistxattr(99, text, 9));
    IS(removexattr, removexattr("none", "user.a"));
    IS(lremovexattr, lremovexattr("none", "user.a"));
    IS(fremovexattr, fremovexattr(99, "user.a"));
    IS(pathconf, pathconf(".", _PC_NAME_MAX));
    IS(pathconf, pathconf(".", _PC_PIPE_BUF));
    IS(fpathconf, fpathconf(file, _PC_PATH_MAX));
    IS(fpathconf, fpathconf(file, 9999));
    IS(isatty, isatty(file));
    IS(isatty, isatty(99));
    IS(ttyname, ttyname(file));
    IS(ttyname_r, ttyname_r(99, text, 99));
    FILE *mounts = fopen("mounts", "w+"); struct mntent *mount, mounted = {"none", "/a", "tmpfs", "rw,size=5", 1, 2};
    IS(addmntent, addmntent(mounts, &mounted)); fclose(mounts); mounts = setmntent("mounts", "r");
    IS(setmntent, mounts); mount = getmntent(mounts);
    IS(getmntent, mount->mnt_type);
    IS(getmntent, mount->mnt_passno);
    IS(hasmntopt, hasmntopt(mount, "size")); rewind(mounts);
    IS(getmntent_r, getmntent_r(mounts, &mounted, text, sizeof text)->mnt_dir);
    IS(endmntent, endmntent(mounts));
    struct aiocb request = {.aio_fildes = file, .aio_buf = text, .aio_nbytes = 2}; const struct aiocb *requests[] = {&request}; struct aiocb *listed[] = {&request};
    IS(aio_read, aio_read(&request));
    IS(aio_suspend, aio_suspend(requests, 1, NULL));
    IS(aio_error, aio_error(&request));
    IS(aio_return, aio_return(&request)); request.aio_buf = "zz";
    IS(aio_write, aio_write(&request)); aio_suspend(requests, 1, NULL);
    IS(aio_error, aio_error(&request)); aio_return(&request);
    IS(aio_cancel, aio_cancel(file, &request) != -1); request.aio_lio_opcode = LIO_READ; request.aio_buf = text;
    IS(lio_listio, lio_listio(LIO_WAIT, listed, 1, NULL));
    IS(lio_listio, aio_return(&request));
    IS(aio_fsync, aio_fsync(O_SYNC, &request)); aio_suspend(requests, 1, NULL);
    IS(aio_fsync, aio_error(&request));
    close(file);
}
