#ifndef EVERYLINUX_CONNECTION_H
#define EVERYLINUX_CONNECTION_H

/* Connect to the Unix socket at `path` and wait for the one byte that lets the run begin; the connection or -errno. */
int connect_to_reader(const char *path);

/* Return whether the other side closed the connection. */
int hung_up(int connection);

/* Wait until process `child` ends, the other side hangs up or a moment passes; return whether it hung up. */
int wait_for_either(long child, int connection);

/* Wait for the other side to hang up, but not for long. */
void wait_for_hang_up(int connection);

#endif
