#include "show.h"
#include <aio.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/vfs.h>

/* The names of glibc's for files of any size: musl has them for programs that were built with glibc's headers. */
extern int __fxstat64(int, int, struct stat64 *), __xstat64(int, const char *, struct stat64 *), __lxstat64(int, const char *, struct stat64 *), __fxstatat64(int, int, const char *, struct stat64 *, int);
static int plain(const struct dirent64 *entry) { return entry->d_name[0] != '.'; }

void show(void) {
    char text[64], name[] = "made-XXXXXX", ended[] = "made-XXXXXX.c"; struct stat64 found; struct statfs64 space; struct statvfs64 spaces; struct rlimit64 limit; struct dirent64 **entries; fpos64_t place; off64_t offset = 0; struct iovec into = {text, 3};
#if defined __x86_64__ || defined __s390x__ || defined __powerpc64__
    int version = 1;
#else
    int version = 0;
#endif
    int file = open64("large", O_RDWR | O_CREAT | O_TRUNC, 0600), other;
    IS(open64, file > 2);
    IS(openat64, openat64(AT_FDCWD, "none", O_RDONLY));
    IS(creat64, (other = creat64("created", 0600)) > 2);
    IS(pwrite64, pwrite64(file, "abcdef", 6, 0));
    IS(pread64, pread64(file, text, 3, 2));
    IS(preadv64, preadv64(file, &into, 1, 1));
    IS(pwritev64, pwritev64(file, &into, 1, 1));
    IS(lseek64, lseek64(file, 0x100000000LL, SEEK_SET)); lseek64(file, 0, SEEK_SET);
    IS(ftruncate64, ftruncate64(file, 50));
    IS(truncate64, truncate64("large", 40));
    IS(lockf64, lockf64(file, F_TLOCK, 1));
    IS(fallocate64, fallocate64(99, 0, 0, 1));
    IS(posix_fadvise64, posix_fadvise64(file, 0, 0, 0));
    IS(sendfile64, sendfile64(other, file, &offset, 5));
    IS(sendfile64, offset);
    IS(__xstat64, __xstat64(version, "large", &found));
    IS(__xstat64, found.st_size);
    IS(__fxstat64, __fxstat64(version, file, &found));
    IS(__fxstat64, found.st_size);
    IS(__lxstat64, __lxstat64(version, "large", &found));
    IS(__fxstatat64, __fxstatat64(version, AT_FDCWD, "large", &found, 0));
    IS(__fxstatat64, (found.st_mode & 0777));
    IS(statfs64, statfs64("/proc", &space));
    IS(statfs64, space.f_type == 0x9fa0);
    IS(fstatfs64, fstatfs64(file, &space));
    IS(statvfs64, statvfs64("/proc", &spaces));
    IS(statvfs64, spaces.f_namemax);
    IS(fstatvfs64, fstatvfs64(99, &spaces));
    IS(getrlimit64, getrlimit64(RLIMIT_CORE, &limit)); limit.rlim_cur = 0;
    IS(setrlimit64, setrlimit64(RLIMIT_CORE, &limit));
    IS(prlimit64, prlimit64(0, RLIMIT_CORE, NULL, &limit));
    IS(prlimit64, limit.rlim_cur);
    FILE *stream = fopen64("large", "r+");
    IS(fopen64, stream);
    IS(freopen64, (stream = freopen64("large", "r+", stream)));
    IS(fseeko64, fseeko64(stream, 5, SEEK_SET));
    IS(ftello64, ftello64(stream));
    IS(fgetpos64, fgetpos64(stream, &place)); rewind(stream);
    IS(fsetpos64, fsetpos64(stream, &place));
    IS(fsetpos64, ftello64(stream)); fclose(stream);
    IS(tmpfile64, tmpfile64());
    IS(mkstemp64, mkstemp64(name) > 2); memset(name + 5, 'X', 6);
    IS(mkostemp64, mkostemp64(name, 0) > 2);
    IS(mkstemps64, mkstemps64(ended, 2) > 2); memset(ended + 5, 'X', 6);
    IS(mkostemps64, mkostemps64(ended, 2, 0) > 2); void *mapped = mmap64(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
    IS(mmap64, mapped != MAP_FAILED && *(char *)mapped == 'a');
    mkdir("few", 0700); chdir("few"); close(creat64("b", 0600)); close(creat64("a", 0600)); DIR *folder = opendir("."); int count = 0; while (readdir64(folder)) count++;
    IS(readdir64, count);
    IS(scandir64, scandir64(".", &entries, plain, alphasort64));
    IS(alphasort64, alphasort64((const struct dirent64 **)&entries[0], (const struct dirent64 **)&entries[1]) < 0);
    IS(versionsort64, versionsort64((const struct dirent64 **)&entries[0], (const struct dirent64 **)&entries[1]) < 0); chdir("..");
    struct aiocb64 request = {.aio_fildes = file, .aio_buf = text, .aio_nbytes = 2}; const struct aiocb64 *requests[] = {&request}; struct aiocb64 *listed[] = {&request};
    IS(aio_read64, aio_read64(&request));
    IS(aio_suspend64, aio_suspend64(requests, 1, NULL));
    IS(aio_error64, aio_error64(&request));
    IS(aio_return64, aio_return64(&request));
    IS(aio_write64, aio_write64(&request)); aio_suspend64(requests, 1, NULL);
    IS(aio_write64, aio_return64(&request));
    IS(aio_cancel64, aio_cancel64(file, &request) != -1); request.aio_lio_opcode = LIO_READ;
    IS(lio_listio64, lio_listio64(LIO_WAIT, listed, 1, NULL)); aio_return64(&request);
    IS(aio_fsync64, aio_fsync64(O_SYNC, &request)); aio_suspend64(requests, 1, NULL);
}
