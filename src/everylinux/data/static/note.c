/* Linked into every module that has a libc inside: says so, also once the file is stripped. What of the libc depends on
   the process is written into it by the judge; until then nobody knows. Zeros fill the room. */
__attribute__((section(".note.everylinux"), used, aligned(4))) static const struct {
    unsigned name_size, size, type;
    char name[12];
    char text[96];
} note = {11, 96, 1, "everylinux", "musl ?"};
