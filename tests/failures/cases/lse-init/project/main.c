static int count;

void _start(void) {
    __atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST);
    for (;;) {
    }
}
