int gone(void);
int large(int i);

int user(void) { return gone() + large(1); }
