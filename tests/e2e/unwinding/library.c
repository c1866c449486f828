/* A library that calls back, from a frame of SIZE bytes behind FUNCTIONS others. */
#define EACH(number) int other_##number(int value) { return value + number; }
EACH(1) EACH(2) EACH(3)
#if FUNCTIONS > 3
EACH(4) EACH(5) EACH(6) EACH(7) EACH(8) EACH(9)
#endif

__attribute__((noinline)) static void inner(void (*called)(void)) {
    volatile char bytes[SIZE];
    bytes[0] = 1;
    called();
    bytes[SIZE - 1] = 2;
}

void calls_back(void (*called)(void)) {
    volatile char bytes[SIZE / 2];
    bytes[0] = 1;
    inner(called);
    bytes[SIZE / 2 - 1] = 2;
}
