/* Programs that try to get out of the sandbox. Each attack is a function; whatever it gets hold of it tells with
 * `escaped`. An attack that returns has got nothing. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Say what was got, at once: the attack may not live to its end. */
void escaped(const char *what, const char *detail);

/* `escaped` when `result` is not negative. */
void must_fail(long result, const char *what);

#define ATTACKS(X)                                                                                                     \
    X(write_host) X(read_outside) X(inherited_descriptors) X(forged_report) X(network_loopback)                        \
    X(network_abstract_socket) X(network_outside) X(fork_bomb) X(thread_bomb) X(memory_bomb) X(memory_bomb_in_children) \
    X(scratch_bomb) X(big_file) X(output_flood) X(output_bytes) X(kill_everyone) X(leave_behind) X(leave_and_hold)      \
    X(ignore_signals) X(become_root) X(setuid_copy) X(device_nodes) X(host_devices) X(trace_first_process)              \
    X(memory_of_first_process) X(new_namespaces) X(join_namespaces) X(mount_things) X(mount_new_interface)              \
    X(chroot_out) X(kernel_settings) X(control_groups) X(system_folder) X(kernel_keys) X(kernel_interfaces)             \
    X(terminal_input) X(i386_calls) X(x32_calls) X(priorities) X(shared_memory) X(links_to_host) X(change_itself)       \
    X(setuid_of_image) X(devices_of_image)

#define DECLARE(name) void name(int count, char **arguments);
ATTACKS(DECLARE)
#undef DECLARE

#endif
