#ifndef EVERYLINUX_PORT_H
#define EVERYLINUX_PORT_H

/* Return whether a TCP connection to `port` of this network namespace's loopback, IPv4 or IPv6, is taken. */
int port_answers(int port);

/* Let programs without capabilities listen on ports below 1024, in this network namespace only. A kernel that refuses
 * it (a container that hides parts of /proc) leaves things as they were. */
void free_low_ports(void);

#endif
