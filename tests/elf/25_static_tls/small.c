__thread int mine __attribute__((tls_model("initial-exec")));
int inner(void) { return mine++; }
