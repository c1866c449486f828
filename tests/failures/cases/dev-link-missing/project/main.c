int mine(void);
int main(void) { return mine(); }
