/* Asking whether a server answers, from inside the network namespace that it alone has. */
#include <linux/fcntl.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/mount.h>
#include <linux/socket.h>
#include <linux/time_types.h>
#include <asm/socket.h>

#include "port.h"
#include "system.h"

/* From the kernel's own headers, which it does not hand out. */
enum { FAMILY_IPV4 = 2, FAMILY_IPV6 = 10, STREAM = 1 };

#define CLOSE_ON_EXEC 02000000
#define PATIENCE_MICROSECONDS 200000
#define LOW_PORTS "sys/net/ipv4/ip_unprivileged_port_start"

/* Both machines of ours are little-endian; the network is not. */
static unsigned short network_order(int port) { return (unsigned short)(port << 8 | port >> 8); }

static int answers_at(int family, const void *address, unsigned size, int port) {
    long socket = CALL3(socket, family, STREAM | CLOSE_ON_EXEC, 0);
    if (socket < 0)
        return 0;
    /* A listener whose queue is full lets a connection wait. */
    struct __kernel_old_timeval patience = {0, PATIENCE_MICROSECONDS};
    CALL5(setsockopt, socket, SOL_SOCKET, SO_SNDTIMEO_OLD, &patience, sizeof patience);
    int answers = CALL3(connect, socket, address, size) == 0;
    /* With nobody listening, a connection whose own port happens to be the one asked for connects to itself. */
    struct sockaddr_in6 own = {0};
    unsigned own_size = sizeof own;
    if (answers && (CALL3(getsockname, socket, &own, &own_size) < 0 || own.sin6_port == network_order(port)))
        answers = 0;
    CALL1(close, socket);
    return answers;
}

int port_answers(int port) {
    struct sockaddr_in ipv4 = {.sin_family = FAMILY_IPV4, .sin_port = network_order(port)};
    /* 127.0.0.1 in network order. */
    ipv4.sin_addr.s_addr = 0x0100007f;
    struct sockaddr_in6 ipv6 = {.sin6_family = FAMILY_IPV6, .sin6_port = network_order(port)};
    ipv6.sin6_addr.s6_addr[15] = 1;
    return answers_at(FAMILY_IPV4, &ipv4, sizeof ipv4, port) || answers_at(FAMILY_IPV6, &ipv6, sizeof ipv6, port);
}

void free_low_ports(void) {
    long context = CALL2(fsopen, "proc", FSOPEN_CLOEXEC);
    if (context < 0 || CALL5(fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0) < 0)
        return;
    /* The sandbox's own /proc is read-only; this one is attached nowhere. */
    long mount = CALL3(fsmount, context, FSMOUNT_CLOEXEC, 0);
    CALL1(close, context);
    if (mount < 0)
        return;
    long file = CALL4(openat, mount, LOW_PORTS, O_WRONLY | O_CLOEXEC, 0);
    if (file >= 0) {
        CALL3(write, file, "0", 1);
        CALL1(close, file);
    }
    CALL1(close, mount);
}
