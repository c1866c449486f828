static int count;

int main(void) {
    return __atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST);
}
