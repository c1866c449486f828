int called(void);
int held(void);

int (*const volatile holder)(void) = held;

int user(void) { return called() + holder(); }
