int gone(void);

int lacking(void) { return gone(); }
