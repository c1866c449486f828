volatile int sum;

void _start(void) {
    for (int i = 0; i < 512; i++) {
        int next = sum + i;
        int last = next - i;
        sum = next + last;
    }
}
