/* Defines one `struct abi_calls`; the includer gives CALLS_NAME, CALLS_ARCHITECTURE and the numbers. */
#include <linux/audit.h>

#include "filter.h"

static const int denied[] = {
#include "denied.h"
};

const struct abi_calls CALLS_NAME = {
    .architecture = CALLS_ARCHITECTURE,
    .denied = denied,
    .denied_count = sizeof denied / sizeof *denied,
    .clone = __NR_clone,
    .clone3 = __NR_clone3,
    .ioctl = __NR_ioctl,
};
