/* Uses the other library's variable as if it were there from the start. */
extern __thread char shared[64] __attribute__((tls_model("initial-exec")));
int user(int i) { return shared[i]++; }
