__thread char mine[65536] __attribute__((tls_model("initial-exec")));
int inner(int i) { return mine[i]++; }
