/* Stands for the C library while linking: only the name and its version are looked at. */
void *memcpy(void *to, const void *from, unsigned long size) { return to && from && size ? to : 0; }
