int list(void);

int main(void) { return list(); }
