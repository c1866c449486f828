int features(void);

int main(void) { return features() < 0; }
