int second(void);

int outer(void) { return second(); }
