/* Ordinary thread-local storage, which any library may have. */
__thread char dynamic[4096];
int inner(int i) { return dynamic[i]++; }
