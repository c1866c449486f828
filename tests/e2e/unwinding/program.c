/* A frame in C with something to clean up. */
void note(const char *text);

static void cleaned(const char **name) { note(*name); }

void in_c(void (*what)(void)) {
    __attribute__((cleanup(cleaned))) const char *name = "c";
    what();
}
