int open64(const char *path, int flags) { return path != 0 && flags; }
int fcntl64(int file) { return file; }
int posix_fallocate64(int file, long offset, long length) { return file && offset < length; }
