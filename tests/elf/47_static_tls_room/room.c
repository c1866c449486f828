/* SIZE bytes of thread-local storage that must lie in the room the loader keeps free, aligned to ALIGNMENT. */
__thread char NAME[SIZE] __attribute__((tls_model("initial-exec"), aligned(ALIGNMENT)));
int FUNCTION(int i) { return NAME[i]++; }
