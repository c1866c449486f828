// A frame of a library that has an unwinder of its own inside.
extern "C" void note(const char *text);

struct Cleaned {
    ~Cleaned() { note("l"); }
};

void in_library(void (*what)()) {
    Cleaned one;
    what();
}
