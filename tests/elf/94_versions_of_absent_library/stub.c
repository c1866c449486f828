/* Stands for libpthread and libdl while linking. */
int pthread_key_create(void *key, void *destructor) { return key == destructor; }
void *dlsym(void *library, const char *name) { return library && name ? library : 0; }
