/* Stands for a newer C library while linking. */
unsigned long strlcpy(char *to, const char *from, unsigned long size) { return to && from ? size : 0; }
