static __thread char mine[65536] __attribute__((tls_model("initial-exec")));

int gone(void);

int (*const volatile holder)(void) = gone;

int held(int i) { return mine[i]++ + holder(); }
