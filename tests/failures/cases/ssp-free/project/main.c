int fill(volatile char *text) {
    text[0] = 1;
    return text[0];
}

void _start(void) {
    char text[64];
    fill(text);
}
