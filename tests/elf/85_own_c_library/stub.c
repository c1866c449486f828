/* Stands for the C library while linking. */
int atoi(const char *text) { return *text; }
