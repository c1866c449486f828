/* The connection to whoever reads the report of a run in a container.
 *
 * The socket lies in the container for all to see, but its other side takes one connection: the one that is made here,
 * before the program is started. */
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/socket.h>
#include <linux/time_types.h>
#include <linux/un.h>

#include "connection.h"
#include "system.h"

/* From the kernel's own headers, which it does not hand out. */
enum { FAMILY_UNIX = 1, STREAM = 1 };

#define CLOSE_ON_EXEC 02000000
/* Orphans are buried at least so often. */
#define MOMENT_NANOSECONDS 50000000
#define FAREWELL_SECONDS 5

int connect_to_reader(const char *path) {
    struct sockaddr_un address = {.sun_family = FAMILY_UNIX};
    for (unsigned long index = 0; path[index]; index++) {
        if (index == sizeof address.sun_path - 1)
            return -ENAMETOOLONG;
        address.sun_path[index] = path[index];
    }
    long connection = CALL3(socket, FAMILY_UNIX, STREAM | CLOSE_ON_EXEC, 0);
    if (connection < 0)
        return (int)connection;
    long result = CALL3(connect, connection, &address, sizeof address);
    if (result < 0)
        return (int)result;
    char begin;
    return CALL3(read, connection, &begin, 1) == 1 ? (int)connection : -ECONNRESET;
}

static int poll_for(struct pollfd *files, int count, struct __kernel_timespec patience) {
    return (int)CALL5(ppoll, files, count, &patience, 0, 0);
}

int hung_up(int connection) {
    struct pollfd file = {.fd = connection, .events = POLLIN};
    return poll_for(&file, 1, (struct __kernel_timespec){0, 0}) != 0;
}

int wait_for_either(long child, int connection) {
    /* A kernel without pidfd_open answers with a negative number, which ppoll(2) passes over. */
    int ending = (int)CALL2(pidfd_open, child, 0);
    struct pollfd files[] = {{.fd = connection, .events = POLLIN}, {.fd = ending, .events = POLLIN}};
    poll_for(files, 2, (struct __kernel_timespec){0, MOMENT_NANOSECONDS});
    if (ending >= 0)
        CALL1(close, ending);
    return files[0].revents != 0;
}

void wait_for_hang_up(int connection) {
    struct pollfd file = {.fd = connection, .events = POLLIN};
    poll_for(&file, 1, (struct __kernel_timespec){FAREWELL_SECONDS, 0});
}
