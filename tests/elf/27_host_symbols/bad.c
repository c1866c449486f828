int nobody_has_this(void);

int plugin(void) { return nobody_has_this(); }
