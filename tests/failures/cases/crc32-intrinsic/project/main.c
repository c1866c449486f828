#include <nmmintrin.h>

int main(int count, char **words) {
    (void)words;
    return _mm_crc32_u32(0, (unsigned)count) == 0;
}
