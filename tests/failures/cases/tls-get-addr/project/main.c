__thread int count;

int *place(void) {
    return &count;
}
