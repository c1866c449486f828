void *dlsym(void *, const char *);

void *use(const char *name) { return dlsym(0, name); }
