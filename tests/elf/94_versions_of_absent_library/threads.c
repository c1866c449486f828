int pthread_key_create(void *, void *);

int use(void *key) { return pthread_key_create(key, 0); }
