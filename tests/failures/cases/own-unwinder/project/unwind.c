int unw_step(void *cursor) {
    return cursor == 0;
}

void _Unwind_Resume(void *exception) {
    (void)exception;
    for (;;) {
    }
}
