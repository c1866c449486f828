/* The loader chooses one of these, before any constructor has run. */
__attribute__((target_clones("avx2", "default"))) int sum(const int *numbers, int count) {
    int total = 0;
    for (int i = 0; i < count; i++) total += numbers[i];
    return total;
}

int main(void) {
    int numbers[] = {1, 2, 3};
    return sum(numbers, 3) != 6;
}
