int SSL_library_init(void) {
    return 1;
}
