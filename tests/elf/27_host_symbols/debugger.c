int ps_getpid(void *);

int ENTRY(void *process) { return ps_getpid(process); }
