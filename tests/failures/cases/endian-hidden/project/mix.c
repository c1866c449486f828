#include <endian.h>
#include <stdint.h>

uint64_t mix(uint64_t value) {
    return htobe64(value) * 31u;
}
