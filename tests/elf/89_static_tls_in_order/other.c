extern __thread int tiny __attribute__((tls_model("initial-exec")));
__thread char large[65536];

int other(int i) { return large[i] + tiny; }
