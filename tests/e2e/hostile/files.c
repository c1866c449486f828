/* Attacks on files: writing to the machine, reading what lies outside, descriptors that were left open. */
#include <sys/stat.h>

#include "hostile.h"

/* The arguments are folders and files of this machine. */
void write_host(int count, char **arguments) {
    static const char *const places[] = {"/", "/app", "/usr", "/etc", "/bin", "/dev", "/proc", "/app/hostile"};
    char path[4096];
    for (unsigned index = 0; index < sizeof places / sizeof *places; index++) {
        snprintf(path, sizeof path, "%s/left-by-hostile", places[index]);
        must_fail(open(path, O_CREAT | O_WRONLY, 0644), path);
    }
    must_fail(open("/app/hostile", O_WRONLY), "write the program");
    must_fail(open("/proc/self/exe", O_WRONLY), "write the program through /proc");
    must_fail(unlink("/app/hostile"), "unlink the program");
    must_fail(chmod("/app/hostile", 0777), "chmod the program");
    for (int index = 0; index < count; index++) {
        snprintf(path, sizeof path, "%s/left-by-hostile", arguments[index]);
        must_fail(open(path, O_CREAT | O_WRONLY, 0644), path);
        must_fail(open(arguments[index], O_WRONLY), arguments[index]);
    }
}

/* The arguments are files of this machine. */
void read_outside(int count, char **arguments) {
    static const char *const ways[] = {"%s", "/../../../../..%s", "/proc/self/root%s", "/proc/1/root%s", "/proc/1/cwd%s",
                                       "/oldroot%s", "/newroot%s", "/proc/self/cwd/../../..%s"};
    char path[8192];
    for (int index = 0; index < count; index++)
        for (unsigned way = 0; way < sizeof ways / sizeof *ways; way++) {
            snprintf(path, sizeof path, ways[way], arguments[index]);
            must_fail(open(path, O_RDONLY), path);
        }
}

void inherited_descriptors(int count, char **arguments) {
    (void)count, (void)arguments;
    for (int descriptor = 3; descriptor < 4096; descriptor++)
        must_fail(fcntl(descriptor, F_GETFD), "an open descriptor");
    must_fail(open("/proc/1/fd/0", O_RDONLY), "a descriptor of process 1");
    char target[64];
    must_fail(readlink("/proc/1/fd/0", target, sizeof target), "where a descriptor of process 1 leads");
    must_fail(readlink("/proc/1/exe", target, sizeof target), "the program of process 1");
    must_fail(open("/proc/1/environ", O_RDONLY) >= 0 && read(3, (char[1]){0}, 1) > 0 ? 0 : -1, "environment of process 1");
}

/* Write what the helper would report: "it ended with status 0". */
void forged_report(int count, char **arguments) {
    (void)count, (void)arguments;
    long long record[4] = {3, 0, 1, 1};
    char path[64];
    for (int descriptor = 3; descriptor < 1024; descriptor++)
        must_fail(write(descriptor, record, sizeof record), "write to an unknown descriptor");
    for (int descriptor = 0; descriptor < 1024; descriptor++) {
        snprintf(path, sizeof path, "/proc/1/fd/%d", descriptor);
        must_fail(open(path, O_WRONLY), path);
    }
    fflush(stdout);
    exit(41);
}

void device_nodes(int count, char **arguments) {
    (void)count, (void)arguments;
    must_fail(mknod("/tmp/memory", S_IFCHR | 0666, (1 << 8) | 1), "mknod of /dev/mem");
    must_fail(mknod("/tmp/disk", S_IFBLK | 0666, (254 << 8)), "mknod of a disk");
    must_fail(mknod("/dev/disk", S_IFBLK | 0666, (8 << 8)), "mknod in /dev");
}

void host_devices(int count, char **arguments) {
    (void)count, (void)arguments;
    static const char *const devices[] = {"/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/sda",  "/dev/vda", "/dev/fuse",
                                          "/dev/nvme0n1", "/dev/port", "/dev/net/tun", "/dev/loop-control"};
    for (unsigned index = 0; index < sizeof devices / sizeof *devices; index++)
        must_fail(open(devices[index], O_RDONLY), devices[index]);
}

void links_to_host(int count, char **arguments) {
    for (int index = 0; index < count; index++) {
        unlink("/tmp/link");
        if (symlink(arguments[index], "/tmp/link") == 0)
            must_fail(open("/tmp/link", O_RDONLY), "follow a link to a file of the machine");
    }
    must_fail(link("/app/hostile", "/tmp/hard"), "hard link to the program");
}

void change_itself(int count, char **arguments) {
    (void)count, (void)arguments;
    must_fail(truncate("/app/hostile", 0), "truncate the program");
    must_fail(rename("/app/hostile", "/app/other"), "rename the program");
    must_fail(rmdir("/app"), "remove its folder");
}

void scratch_bomb(int count, char **arguments) {
    (void)count, (void)arguments;
    static char block[1 << 20];
    memset(block, 1, sizeof block);
    long written = 0;
    for (int file = 0; file < 64; file++) {
        char path[64];
        snprintf(path, sizeof path, "%s/fill-%d", file % 2 ? "/dev/shm" : "/tmp", file);
        int descriptor = open(path, O_CREAT | O_WRONLY, 0600);
        for (int megabyte = 0; descriptor >= 0 && megabyte < 512 && write(descriptor, block, sizeof block) > 0; megabyte++)
            written++;
        close(descriptor);
    }
    if (written > 4096)
        escaped("more than 4 GiB of scratch", 0);
}

void big_file(int count, char **arguments) {
    (void)count, (void)arguments;
    int descriptor = open("/tmp/big", O_CREAT | O_WRONLY, 0600);
    must_fail(ftruncate(descriptor, 1LL << 40), "a file of a terabyte");
}

/* The arguments are device files that lie in the image. */
void devices_of_image(int count, char **arguments) {
    for (int index = 0; index < count; index++) {
        must_fail(open(arguments[index], O_RDONLY | O_NONBLOCK), arguments[index]);
        must_fail(open(arguments[index], O_WRONLY | O_NONBLOCK), arguments[index]);
    }
}
