#include <stdint.h>

uint64_t mix(uint64_t value);

int main(void) {
    return mix(0) != 0;
}
