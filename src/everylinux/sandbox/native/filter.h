#ifndef EVERYLINUX_FILTER_H
#define EVERYLINUX_FILTER_H

/* The calls of one ABI that the filter looks at. */
struct abi_calls {
    unsigned architecture; /* AUDIT_ARCH_* */
    const int *denied;
    int denied_count;
    int clone;
    int clone3;
    int ioctl;
};

extern const struct abi_calls native_calls;
#if defined(__x86_64__)
extern const struct abi_calls i386_calls;
#endif

/* Install the filter on the calling process; 0 or -errno. Needs no_new_privs. */
long install_filter(void);

#endif
