static int count;

int next(void) {
    return __sync_fetch_and_add(&count, 1);
}
