static __thread char mine[65536] __attribute__((tls_model("initial-exec")));

int gone(void);

int called(int i) { return mine[i]++ + gone(); }
