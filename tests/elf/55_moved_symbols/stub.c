/* Stands for the C library while linking: only the name and its version are looked at. */
int pthread_key_create(void *key, void *end) { return key && end; }
