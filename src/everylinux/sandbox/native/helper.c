/* The first process of a sandbox: it limits, starts and watches one program, and reports what the kernel said.
 *
 *   helper join FILE... -- PROGRAM ARGUMENT...
 *       Enter the control groups whose cgroup.procs files are named, then become PROGRAM.
 *   helper run OPTION=VALUE... -- PATH ARGUMENT0 ARGUMENT...
 *       As process 1 of a pid namespace: start PATH with execve(2), wait, report, exit. The kernel then kills whatever
 *       the program left behind.
 *
 * Options of `run` (numbers are decimal):
 *   status=FD        where records go (struct record, native byte order)
 *   status-socket=PATH  the same for a container, which no descriptor reaches: connect there, wait for one byte, and
 *                    end with everything in here as soon as the other side hangs up
 *   emulator=FD      an open emulator; with register= the kernel starts it for foreign files, in this sandbox only
 *   emulator-file=PATH  the same, to be opened here
 *   register=TEXT    a line for binfmt_misc; needs a kernel that gives each user namespace its own (6.7)
 *   name=TEXT        argument 0 of the emulator when it is started directly
 *   cpu=MODEL        the CPU to emulate; the emulator is then always started directly
 *   limit-N=VALUE    setrlimit of resource N, in the program only
 *   set=NAME=VALUE   a variable of the program's environment, which then has no others
 *   port=NUMBER      a TCP port that the program is to answer on; once it does, it has done its work and is ended
 *
 * execve(2) and nothing else: no shell is tried for a file that the kernel refuses, and the errno is reported. */
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/errno.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/signal.h>
#include <linux/time_types.h>
#include <linux/wait.h>
#include <linux/fcntl.h>

#include "connection.h"
#include "filter.h"
#include "port.h"
#include "system.h"

enum { RECORD_READY = 1, RECORD_REFUSED = 2, RECORD_ENDED = 3, RECORD_ANSWERED = 4, RECORD_FINISHED = 5 };

/* READY: first = 0 or errno of the registration (-1: not asked for), second = 0 or errno of the filter.
 * REFUSED: first = errno of execve. ENDED: first = wait status, second = nanoseconds, third = peak KiB.
 * ANSWERED: first = the port, second = nanoseconds. FINISHED: nothing more will come. */
struct record {
    long long kind, first, second, third;
};

#define VARIABLE_ROOM 64

struct options {
    int status, connected, emulator, port, variables;
    const char *registration, *name, *cpu;
    char *environment[VARIABLE_ROOM + 1];
    int has_limit[RLIM_NLIMITS];
    unsigned long limit[RLIM_NLIMITS];
};

#define EXECUTE_ALLOWED 1 /* X_OK */
#define EXIT_MISUSED 125
#define EXIT_REFUSED 127
#define ARGUMENT_ROOM 4096
#define HIGHEST_PRIVILEGED_PORT 1023
#define PAUSE_NANOSECONDS 5000000
/* What a server that was asked to end may still write. */
#define FAREWELL_NANOSECONDS 1000000000LL

static const char *after(const char *text, const char *prefix) {
    while (*prefix)
        if (*text++ != *prefix++)
            return 0;
    return text;
}

static unsigned long number(const char *text) {
    unsigned long value = 0;
    while (*text >= '0' && *text <= '9')
        value = value * 10 + (unsigned long)(*text++ - '0');
    return value;
}

static unsigned long length(const char *text) {
    unsigned long count = 0;
    while (text[count])
        count++;
    return count;
}

static int is_separator(const char *text) { return text[0] == '-' && text[1] == '-' && text[2] == 0; }

static void report(const struct options *options, long long kind, long long first, long long second, long long third) {
    struct record record = {kind, first, second, third};
    CALL3(write, options->status, &record, sizeof record);
}

static char *descriptor_path(char *room, int descriptor) {
    static const char prefix[] = "/proc/self/fd/";
    char digits[12];
    int count = 0, used = 0;
    do {
        digits[count++] = (char)('0' + descriptor % 10);
        descriptor /= 10;
    } while (descriptor);
    for (; prefix[used]; used++)
        room[used] = prefix[used];
    while (count)
        room[used++] = digits[--count];
    room[used] = 0;
    return room;
}

static int join(char **arguments, char **environment) {
    for (; *arguments && !is_separator(*arguments); arguments++) {
        long file = CALL4(openat, AT_FDCWD, *arguments, O_WRONLY | O_CLOEXEC, 0);
        if (file < 0 || CALL3(write, file, "0", 1) != 1)
            return EXIT_MISUSED;
    }
    if (!*arguments || !arguments[1])
        return EXIT_MISUSED;
    CALL3(execve, arguments[1], arguments + 1, environment);
    return EXIT_REFUSED;
}

static void read_limit(struct options *options, const char *text) {
    unsigned long resource = number(text);
    while (*text && *text != '=')
        text++;
    if (resource < RLIM_NLIMITS && *text) {
        options->has_limit[resource] = 1;
        options->limit[resource] = number(text + 1);
    }
}

static char **read_options(struct options *options, char **arguments) {
    const char *value;
    for (; *arguments && !is_separator(*arguments); arguments++) {
        if ((value = after(*arguments, "status=")))
            options->status = (int)number(value);
        else if ((value = after(*arguments, "status-socket=")))
            options->status = connect_to_reader(value), options->connected = 1;
        else if ((value = after(*arguments, "emulator=")))
            options->emulator = (int)number(value);
        else if ((value = after(*arguments, "emulator-file=")))
            options->emulator = (int)CALL4(openat, AT_FDCWD, value, O_RDONLY | O_CLOEXEC, 0);
        else if ((value = after(*arguments, "register=")))
            options->registration = value;
        else if ((value = after(*arguments, "name=")))
            options->name = value;
        else if ((value = after(*arguments, "cpu=")))
            options->cpu = value;
        else if ((value = after(*arguments, "port=")))
            options->port = (int)number(value);
        else if ((value = after(*arguments, "limit-")))
            read_limit(options, value);
        else if ((value = after(*arguments, "set=")) && options->variables < VARIABLE_ROOM)
            options->environment[options->variables++] = (char *)value;
        else
            return 0;
    }
    return *arguments ? arguments + 1 : 0;
}

/* Give this user namespace a binfmt_misc of its own, seen by nobody else, and hide the machine's. It is never attached
 * to a path, and lives as long as this process. An empty text registers nothing. */
static long own_binary_formats(const char *registration) {
    long context = CALL2(fsopen, "binfmt_misc", FSOPEN_CLOEXEC);
    if (context < 0)
        return context;
    long result = CALL5(fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    if (result < 0)
        return result;
    /* It acts from here on. A mount, which only registering needs, would make the kernel wait when it goes. */
    if (!*registration)
        return 0;
    long mount = CALL3(fsmount, context, FSMOUNT_CLOEXEC, 0);
    if (mount < 0)
        return mount;
    long file = CALL4(openat, mount, "register", O_WRONLY | O_CLOEXEC, 0);
    if (file < 0)
        return file;
    long size = (long)length(registration);
    result = CALL3(write, file, registration, size);
    CALL1(close, file);
    return result == size ? 0 : result;
}

static void drop_capabilities(void) {
    for (long capability = 0; CALL2(prctl, PR_CAPBSET_DROP, capability) == 0; capability++)
        ;
    CALL5(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    CALL2(capset, &header, none);
}

static long long nanoseconds(void) {
    struct __kernel_timespec now = {0, 0};
    CALL2(clock_gettime, 1 /* CLOCK_MONOTONIC */, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Start the emulator itself on the file: qemu's own options come first, then the program's path and arguments. A file
 * without an executable bit is refused here, since qemu's own refusal is lost: it leaves without flushing its output. */
static long start_emulator(const struct options *options, char **command, char **environment) {
    long result = CALL3(faccessat, AT_FDCWD, command[0], EXECUTE_ALLOWED);
    if (result < 0)
        return result;
    static char *line[ARGUMENT_ROOM];
    char room[32];
    int used = 0;
    line[used++] = (char *)options->name;
    if (options->cpu) {
        line[used++] = "-cpu";
        line[used++] = (char *)options->cpu;
    }
    line[used++] = "-0";
    line[used++] = command[1];
    line[used++] = command[0];
    for (char **argument = command + 2; *argument; argument++) {
        if (used == ARGUMENT_ROOM - 1)
            return -E2BIG;
        line[used++] = *argument;
    }
    return CALL3(execve, descriptor_path(room, options->emulator), line, environment);
}

static int start_program(const struct options *options, int direct, char **command, char **environment) {
    CALL0(setsid);
    for (unsigned resource = 0; resource < RLIM_NLIMITS; resource++)
        if (options->has_limit[resource]) {
            struct rlimit64 {
                unsigned long soft, hard;
            } limit = {options->limit[resource], options->limit[resource]};
            CALL4(prlimit64, 0, resource, &limit, 0);
        }
    CALL3(close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    long result = direct ? start_emulator(options, command, environment)
                         : CALL3(execve, command[0], command + 1, environment);
    report(options, RECORD_REFUSED, -result, 0, 0);
    return EXIT_REFUSED;
}

/* Wait for a server to answer on its port, then ask everything in here to end. One that goes to the background leaves a
 * first process that ends with success; without any process left, or after a failure, nothing will answer. */
static void watch_server(const struct options *options, long child, long long start) {
    struct __kernel_timespec pause = {0, PAUSE_NANOSECONDS};
    long long answered = 0;
    for (;;) {
        struct rusage usage = {0};
        int status = 0;
        long ended = CALL4(wait4, -1, &status, WNOHANG, &usage);
        if (ended < 0 && ended != -EINTR)
            return;
        if (ended == child) {
            report(options, RECORD_ENDED, status, nanoseconds() - start, usage.ru_maxrss);
            if (status != 0 && !answered)
                return;
        }
        if (ended > 0)
            continue;
        if (!answered && port_answers(options->port)) {
            answered = nanoseconds();
            report(options, RECORD_ANSWERED, options->port, answered - start, 0);
            CALL2(kill, -1, SIGTERM);
        }
        if ((answered && nanoseconds() - answered > FAREWELL_NANOSECONDS) || (options->connected && hung_up(options->status)))
            return;
        CALL4(clock_nanosleep, 1 /* CLOCK_MONOTONIC */, 0, &pause, 0);
    }
}

/* Wait for `child`, burying every orphan on the way. */
static void watch(const struct options *options, long child, long long start) {
    for (int descriptor = 0; descriptor < 3; descriptor++)
        CALL1(close, descriptor);
    if (options->port) {
        watch_server(options, child, start);
        return;
    }
    struct rusage usage = {0};
    int status = 0;
    long ended;
    do {
        if (options->connected && wait_for_either(child, options->status))
            return;
        ended = CALL4(wait4, -1, &status, options->connected ? WNOHANG : 0, &usage);
    } while (ended != child && (ended > 0 || ended == -EINTR || (ended == 0 && options->connected)));
    report(options, RECORD_ENDED, status, nanoseconds() - start, usage.ru_maxrss);
}

static int run(char **arguments, char **environment) {
    struct options options = {.status = -1, .emulator = -1};
    char **command = read_options(&options, arguments);
    if (!command || !command[0] || !command[1] || (options.connected && options.status < 0))
        return EXIT_MISUSED;
    long registered = -1;
    if (options.registration)
        registered = -own_binary_formats(options.cpu ? "" : options.registration);
    if (options.port && options.port <= HIGHEST_PRIVILEGED_PORT)
        free_low_ports();
    int direct = options.emulator >= 0 && (options.cpu || registered != 0);
    drop_capabilities();
    CALL5(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    long filtered = -install_filter();
    report(&options, RECORD_READY, registered, filtered, 0);
    if (options.variables)
        environment = options.environment;
    /* Nothing in here may look into this process, which holds the report's descriptor. */
    CALL2(prctl, PR_SET_DUMPABLE, 0);
    long long start = nanoseconds();
    long child = CALL5(clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        return start_program(&options, direct, command, environment);
    if (child < 0) {
        report(&options, RECORD_REFUSED, -child, 0, 0);
        return EXIT_REFUSED;
    }
    watch(&options, child, start);
    /* How the control group ended can be read as long as this process lives. */
    if (options.connected) {
        report(&options, RECORD_FINISHED, 0, 0, 0);
        wait_for_hang_up(options.status);
    }
    return 0;
}

/* Called by _start with the stack as the kernel left it: count, arguments, 0, environment, 0. */
__attribute__((noreturn, used)) void begin(long *stack) {
    char **arguments = (char **)(stack + 1);
    char **environment = arguments + *stack + 1;
    int code = EXIT_MISUSED;
    if (*stack > 1 && after(arguments[1], "join"))
        code = join(arguments + 2, environment);
    else if (*stack > 1 && after(arguments[1], "run"))
        code = run(arguments + 2, environment);
    for (;;)
        CALL1(exit_group, code);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start: xor %ebp,%ebp\n mov %rsp,%rdi\n and $-16,%rsp\n call begin\n");
#else
__asm__(".globl _start\n_start: mov x29,#0\n mov x30,#0\n mov x0,sp\n b begin\n");
#endif

/* The compiler may call these for structures it clears or copies. */
void *memset(void *target, int value, unsigned long size) {
    volatile char *byte = target;
    while (size--)
        *byte++ = (char)value;
    return target;
}

void *memcpy(void *target, const void *source, unsigned long size) {
    volatile char *to = target;
    const char *from = source;
    while (size--)
        *to++ = *from++;
    return target;
}
