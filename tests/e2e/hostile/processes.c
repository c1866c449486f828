/* Attacks with processes: too many, too big, too long, those of others, and those that stay. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <grp.h>

#include "hostile.h"

void fork_bomb(int count, char **arguments) {
    (void)count, (void)arguments;
    for (;;)
        fork();
}

static void *sleeper(void *argument) {
    (void)argument;
    for (;;)
        pause();
}

void thread_bomb(int count, char **arguments) {
    (void)count, (void)arguments;
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    for (int made = 0; made < 100000; made++)
        if (pthread_create(&thread, &small, sleeper, 0) != 0)
            return;
    escaped("100000 threads", 0);
}

static void eat(void) {
    for (;;) {
        size_t size = 64 << 20;
        char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            exit(3);
        memset(memory, 1, size);
    }
}

void memory_bomb(int count, char **arguments) {
    (void)count, (void)arguments;
    eat();
}

void memory_bomb_in_children(int count, char **arguments) {
    (void)count, (void)arguments;
    for (int child = 0; child < 16; child++)
        if (fork() == 0)
            eat();
    while (wait(0) > 0)
        ;
}

void output_flood(int count, char **arguments) {
    (void)count, (void)arguments;
    static char block[1 << 16];
    memset(block, 'x', sizeof block);
    for (int stream = 1;; stream = 3 - stream)
        if (write(stream, block, sizeof block) < 0)
            return;
}

/* What a terminal, a decoder or a report must not take literally. */
void output_bytes(int count, char **arguments) {
    (void)count, (void)arguments;
    static const char bytes[] = "\033]0;owned\007\033[2J\x00\xff\xfe\xc3\x28\r\b\x9b"
                                "31m\xe2\x80\xae evil\n";
    fwrite(bytes, 1, sizeof bytes - 1, stdout);
    fwrite(bytes, 1, sizeof bytes - 1, stderr);
}

/* The arguments are process ids of this machine. */
void kill_everyone(int count, char **arguments) {
    signal(SIGTERM, SIG_IGN);
    kill(-1, SIGTERM);
    kill(1, SIGKILL);
    kill(1, SIGSTOP);
    kill(getppid(), SIGKILL);
    for (int index = 0; index < count; index++)
        must_fail(kill(atoi(arguments[index]), 0), "signal a process of this machine");
}

static void daemonise(void) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            for (int number = 1; number < 64; number++)
                signal(number, SIG_IGN);
            prctl(PR_SET_PDEATHSIG, 0);
            for (;;)
                sleep(1);
        }
        _exit(0);
    }
    wait(0);
}

void leave_behind(int count, char **arguments) {
    (void)count, (void)arguments;
    if (fork() == 0) {
        for (int descriptor = 0; descriptor < 3; descriptor++)
            close(descriptor);
        daemonise();
        _exit(0);
    }
    wait(0);
}

/* The one that stays keeps standard output open. */
void leave_and_hold(int count, char **arguments) {
    (void)count, (void)arguments;
    daemonise();
}

void ignore_signals(int count, char **arguments) {
    (void)count, (void)arguments;
    for (int number = 1; number < 64; number++)
        signal(number, SIG_IGN);
    for (;;)
        sleep(1);
}

void become_root(int count, char **arguments) {
    (void)count, (void)arguments;
    must_fail(setuid(1), "setuid");
    must_fail(setgid(1), "setgid");
    must_fail(setgroups(0, 0), "setgroups");
    must_fail(chown("/tmp", 1, 1), "chown");
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "Cap", 3) == 0 && strtoull(line + 7, 0, 16) != 0)
            escaped("a capability", line);
        if (strncmp(line, "NoNewPrivs:\t0", 13) == 0 || strncmp(line, "Seccomp:\t0", 10) == 0)
            escaped("a missing fence", line);
    }
}

void setuid_copy(int count, char **arguments) {
    (void)count, (void)arguments;
    int from = open("/app/hostile", O_RDONLY), to = open("/tmp/copy", O_CREAT | O_WRONLY, 0700);
    char block[65536];
    for (ssize_t size; (size = read(from, block, sizeof block)) > 0;)
        if (write(to, block, (size_t)size) != size)
            return;
    close(to);
    chmod("/tmp/copy", 06755);
    execl("/tmp/copy", "/tmp/copy", "become_root", (char *)0);
}

/* The argument is this program once more, in the image: root's, setuid and setgid. */
void setuid_of_image(int count, char **arguments) {
    if (!count)
        return;
    execl(arguments[0], arguments[0], "become_root", (char *)0);
    escaped("nothing, since it could not be started", strerror(errno));
}

void trace_first_process(int count, char **arguments) {
    (void)count, (void)arguments;
    must_fail(ptrace(PTRACE_ATTACH, 1, 0, 0), "ptrace of process 1");
    must_fail(ptrace(PTRACE_SEIZE, 1, 0, 0), "seize process 1");
    must_fail(ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace at all");
}

void memory_of_first_process(int count, char **arguments) {
    (void)count, (void)arguments;
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)0x1000000, 1};
    must_fail(process_vm_readv(1, &here, 1, &there, 1, 0), "read the memory of process 1");
    must_fail(process_vm_writev(1, &here, 1, &there, 1, 0), "write the memory of process 1");
    must_fail(open("/proc/1/mem", O_RDWR), "/proc/1/mem");
    must_fail(open("/proc/1/maps", O_RDONLY) >= 0 && read(3, &byte, 1) > 0 ? 0 : -1, "/proc/1/maps");
    must_fail(syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, 1, 0), 0, 0), "a descriptor of process 1");
}

void priorities(int count, char **arguments) {
    (void)count, (void)arguments;
    struct sched_param highest = {.sched_priority = 50};
    must_fail(sched_setscheduler(0, SCHED_FIFO, &highest), "real-time scheduling");
    must_fail(setpriority(PRIO_PROCESS, 0, -20), "a higher priority");
    must_fail(setrlimit(RLIMIT_CORE, &(struct rlimit){1 << 20, 1 << 20}), "a higher limit");
}
