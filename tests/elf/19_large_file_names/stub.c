int open64(const char *path, int flags) { return path != 0 && flags; }
int fcntl64(int file) { return file; }
