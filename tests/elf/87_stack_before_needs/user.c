int stacked(void);
int wide(void);

int outer(void) { return stacked() + wide(); }
