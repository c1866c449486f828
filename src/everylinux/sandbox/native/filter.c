/* The seccomp filter: refuses, with an errno, what is in denied.h; everything else passes. A refused call looks to the
 * program as it does in a container, so a program that can do without goes on. It is a second fence: namespaces, the
 * read-only root and the empty capability sets hold without it. */
#include <linux/audit.h>
#include <linux/errno.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/tty.h>

#include "filter.h"
#include "system.h"

#define X32_BIT 0x40000000 /* x32 calls carry the x86_64 architecture and this bit */
#define TIOCSTI_REQUEST 0x5412
#define TIOCLINUX_REQUEST 0x541C
#define NAMESPACE_FLAGS                                                                                                \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

#define CAPACITY 256

struct program {
    struct sock_filter lines[CAPACITY];
    unsigned short count;
};

static void add(struct program *program, unsigned short code, unsigned char yes, unsigned char no, unsigned value) {
    program->lines[program->count++] = (struct sock_filter){code, yes, no, value};
}

static void load(struct program *program, unsigned offset) { add(program, BPF_LD | BPF_W | BPF_ABS, 0, 0, offset); }

static void answer(struct program *program, unsigned value) { add(program, BPF_RET | BPF_K, 0, 0, value); }

/* With the word loaded last: answer `value` when it equals `number`, else go on. */
static void answer_if_equal(struct program *program, unsigned number, unsigned value) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number);
    answer(program, value);
}

/* With the call's number loaded: when it is `number`, load argument `index` and answer EPERM if any bit of `bits` is
 * set in its low word (both ABIs are little-endian), else allow. */
static void refuse_bits(struct program *program, int number, int index, unsigned bits) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 4, (unsigned)number);
    load(program, (unsigned)__builtin_offsetof(struct seccomp_data, args[0]) + (unsigned)index * 8);
    add(program, BPF_JMP | BPF_JSET | BPF_K, 0, 1, bits);
    answer(program, SECCOMP_RET_ERRNO | EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

static void refuse_terminal_input(struct program *program, int number) {
    add(program, BPF_JMP | BPF_JEQ | BPF_K, 0, 6, (unsigned)number);
    load(program, (unsigned)__builtin_offsetof(struct seccomp_data, args[1]));
    answer_if_equal(program, TIOCSTI_REQUEST, SECCOMP_RET_ERRNO | EPERM);
    answer_if_equal(program, TIOCLINUX_REQUEST, SECCOMP_RET_ERRNO | EPERM);
    answer(program, SECCOMP_RET_ALLOW);
}

static void add_abi(struct program *program, const struct abi_calls *calls) {
    load(program, (unsigned)__builtin_offsetof(struct seccomp_data, arch));
    unsigned short guard = program->count;
    add(program, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, calls->architecture);
    add(program, BPF_JMP | BPF_JA, 0, 0, 0);
    load(program, (unsigned)__builtin_offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    if (calls->architecture == AUDIT_ARCH_X86_64) {
        add(program, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_BIT);
        answer(program, SECCOMP_RET_ERRNO | ENOSYS);
    }
#endif
    /* clone3 hides its flags behind a pointer that a filter cannot read; libcs fall back to clone on ENOSYS. */
    answer_if_equal(program, (unsigned)calls->clone3, SECCOMP_RET_ERRNO | ENOSYS);
    for (int index = 0; index < calls->denied_count; index++)
        answer_if_equal(program, (unsigned)calls->denied[index], SECCOMP_RET_ERRNO | EPERM);
    refuse_bits(program, calls->clone, 0, NAMESPACE_FLAGS);
    refuse_terminal_input(program, calls->ioctl);
    answer(program, SECCOMP_RET_ALLOW);
    program->lines[guard + 1].k = (unsigned)(program->count - (guard + 2));
}

long install_filter(void) {
    struct program program = {.count = 0};
    add_abi(&program, &native_calls);
#if defined(__x86_64__)
    add_abi(&program, &i386_calls);
#endif
    /* On arm64 machines that run 32-bit ARM code, that code's calls pass. */
    answer(&program, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {.len = program.count, .filter = program.lines};
    return CALL3(prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}
