int wide(void);

int stacked(void) { return wide(); }
