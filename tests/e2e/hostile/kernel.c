/* Attacks on the kernel's own interfaces: network, namespaces, mounts, settings, calls that reach deep. */
#include <arpa/inet.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "hostile.h"

static void connect_to(const char *address, int port, int kind) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    inet_pton(AF_INET, address, &name.sin_addr);
    int descriptor = socket(AF_INET, kind, 0);
    must_fail(connect(descriptor, (struct sockaddr *)&name, sizeof name), address);
    close(descriptor);
}

/* The argument is a port on which this machine listens. */
void network_loopback(int count, char **arguments) {
    if (count)
        connect_to("127.0.0.1", atoi(arguments[0]), SOCK_STREAM);
}

/* The argument is the name of an abstract socket on which this machine listens. */
void network_abstract_socket(int count, char **arguments) {
    if (!count)
        return;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strncpy(name.sun_path + 1, arguments[0], sizeof name.sun_path - 2);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(arguments[0]));
    must_fail(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&name, size), "an abstract socket");
}

void network_outside(int count, char **arguments) {
    (void)count, (void)arguments;
    connect_to("192.0.2.1", 80, SOCK_STREAM);
    connect_to("8.8.8.8", 53, SOCK_DGRAM);
    must_fail(socket(AF_PACKET, SOCK_RAW, 0), "a raw packet socket");
    must_fail(socket(AF_INET, SOCK_RAW, 1), "a raw socket");
}

void new_namespaces(int count, char **arguments) {
    (void)count, (void)arguments;
    static const int flags[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS};
    for (unsigned index = 0; index < sizeof flags / sizeof *flags; index++) {
        must_fail(unshare(flags[index]), "unshare");
        long child = syscall(SYS_clone, flags[index] | 17 /* SIGCHLD */, 0, 0, 0, 0);
        if (child == 0)
            _exit(0);
        must_fail(child, "clone with a new namespace");
    }
    unsigned long long arguments3[11] = {CLONE_NEWUSER, 0, 0, 0, 17};
    long child = syscall(SYS_clone3, arguments3, sizeof arguments3);
    if (child == 0)
        _exit(0);
    must_fail(child, "clone3");
}

void join_namespaces(int count, char **arguments) {
    (void)count, (void)arguments;
    static const char *const names[] = {"user", "mnt", "net", "pid", "ipc", "uts", "cgroup"};
    char path[64];
    for (unsigned index = 0; index < sizeof names / sizeof *names; index++) {
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[index]);
        must_fail(setns(open(path, O_RDONLY), 0), path);
        snprintf(path, sizeof path, "/proc/1/ns/%s", names[index]);
        must_fail(open(path, O_RDONLY), path);
    }
}

void mount_things(int count, char **arguments) {
    (void)count, (void)arguments;
    must_fail(mount("none", "/tmp", "tmpfs", 0, ""), "mount tmpfs");
    must_fail(mount("none", "/", 0, MS_REMOUNT | MS_BIND, ""), "remount / writable");
    must_fail(mount("/", "/tmp", 0, MS_BIND | MS_REC, ""), "bind /");
    must_fail(mount("proc", "/proc", "proc", 0, ""), "mount proc");
    must_fail(umount2("/proc/sys", MNT_DETACH), "umount /proc/sys");
    must_fail(umount2("/app/hostile", MNT_DETACH), "umount the program");
    must_fail(syscall(SYS_pivot_root, "/tmp", "/tmp"), "pivot_root");
}

void mount_new_interface(int count, char **arguments) {
    (void)count, (void)arguments;
    must_fail(syscall(SYS_fsopen, "tmpfs", 0), "fsopen");
    must_fail(syscall(SYS_fsopen, "binfmt_misc", 0), "fsopen binfmt_misc");
    must_fail(syscall(SYS_open_tree, -100, "/", 1), "open_tree");
    must_fail(syscall(SYS_move_mount, 3, "", -100, "/tmp", 4), "move_mount");
    must_fail(syscall(SYS_mount_setattr, -100, "/", 0, 0, 0), "mount_setattr");
}

void chroot_out(int count, char **arguments) {
    (void)count, (void)arguments;
    must_fail(chroot("/tmp"), "chroot");
    must_fail(syscall(SYS_open_by_handle_at, -100, "", 0), "open_by_handle_at");
}

void kernel_settings(int count, char **arguments) {
    (void)count, (void)arguments;
    static const char *const files[] = {
        "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname",      "/proc/sys/vm/drop_caches",
        "/proc/sys/kernel/modprobe",     "/proc/sysrq-trigger",            "/proc/sys/fs/binfmt_misc/register",
        "/proc/self/uid_map",            "/proc/self/gid_map",             "/proc/sys/user/max_user_namespaces",
        "/proc/kcore",                   "/proc/sys/net/ipv4/ip_forward",  "/proc/1/oom_score_adj",
        "/proc/irq/default_smp_affinity"};
    for (unsigned index = 0; index < sizeof files / sizeof *files; index++) {
        int descriptor = open(files[index], O_WRONLY);
        if (descriptor >= 0 && write(descriptor, "1", 1) > 0)
            escaped("write", files[index]);
        close(descriptor);
    }
    must_fail(open("/proc/kcore", O_RDONLY), "read /proc/kcore");
    must_fail(sethostname("owned", 5), "sethostname");
}

void control_groups(int count, char **arguments) {
    (void)count, (void)arguments;
    static const char *const files[] = {"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/tasks",
                                        "/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/pids/cgroup.procs"};
    for (unsigned index = 0; index < sizeof files / sizeof *files; index++)
        must_fail(open(files[index], O_WRONLY), files[index]);
    must_fail(mount("none", "/tmp", "cgroup2", 0, ""), "mount cgroup2");
}

void system_folder(int count, char **arguments) {
    (void)count, (void)arguments;
    static const char *const paths[] = {"/sys/kernel", "/sys/class", "/sys/firmware", "/run/systemd", "/run/dbus"};
    for (unsigned index = 0; index < sizeof paths / sizeof *paths; index++)
        must_fail(open(paths[index], O_RDONLY), paths[index]);
}

void kernel_keys(int count, char **arguments) {
    (void)count, (void)arguments;
    must_fail(syscall(SYS_add_key, "user", "hostile", "x", 1, -3), "add_key");
    must_fail(syscall(SYS_keyctl, 0, -3, 0), "keyctl");
    must_fail(syscall(SYS_request_key, "user", "hostile", 0, -3), "request_key");
}

void kernel_interfaces(int count, char **arguments) {
    (void)count, (void)arguments;
    static char zeros[256];
    must_fail(syscall(SYS_bpf, 0, zeros, sizeof zeros), "bpf");
    must_fail(syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0), "perf_event_open");
    must_fail(syscall(SYS_userfaultfd, 0), "userfaultfd");
    must_fail(syscall(SYS_io_uring_setup, 1, zeros), "io_uring_setup");
    must_fail(syscall(SYS_init_module, zeros, 0, ""), "init_module");
    must_fail(syscall(SYS_kexec_load, 0, 0, 0, 0), "kexec_load");
    must_fail(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, 0), "reboot");
    must_fail(syscall(SYS_swapon, "/tmp", 0), "swapon");
    must_fail(syscall(SYS_syslog, 3, zeros, sizeof zeros), "the kernel's log");
    must_fail(syscall(SYS_acct, "/tmp/acct"), "acct");
}

void terminal_input(int count, char **arguments) {
    (void)count, (void)arguments;
    char byte = 'x';
    for (int descriptor = 0; descriptor < 3; descriptor++)
        must_fail(ioctl(descriptor, TIOCSTI, &byte), "push a character into a terminal");
    must_fail(open("/dev/tty", O_RDWR), "the controlling terminal");
}

/* The argument is the identifier of a shared memory segment of this machine. */
void shared_memory(int count, char **arguments) {
    if (count && shmat(atoi(arguments[0]), 0, 0) != (void *)-1)
        escaped("a shared memory segment of this machine", 0);
}

/* The same refused calls by the numbers of i386: a filter that looks at one ABI alone lets them pass. */
void i386_calls(int count, char **arguments) {
    (void)count, (void)arguments;
#if defined(__x86_64__)
    static const struct {
        const char *name;
        int number;
    } calls[] = {{"mount", 21}, {"ptrace", 26}, {"umount2", 52}, {"pivot_root", 217}, {"unshare", 310}, {"bpf", 357},
                 {"userfaultfd", 374}, {"fsopen", 430}, {"clone3", 435}, {"keyctl", 288}, {"perf_event_open", 336}};
    for (unsigned index = 0; index < sizeof calls / sizeof *calls; index++) {
        int result = calls[index].number;
        __asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0), "S"(0), "D"(0) : "memory", "r8", "r9", "r10", "r11");
        if (result != -EPERM && result != -ENOSYS) {
            char detail[64];
            snprintf(detail, sizeof detail, "%s answered %d", calls[index].name, result);
            escaped("a call by its i386 number", detail);
        }
    }
#endif
}

void x32_calls(int count, char **arguments) {
    (void)count, (void)arguments;
#if defined(__x86_64__)
    errno = 0;
    if (syscall(0x40000000 + SYS_mount, "none", "/tmp", "tmpfs", 0, 0) == 0 || errno != ENOSYS)
        escaped("a call by its x32 number", strerror(errno));
#endif
}
