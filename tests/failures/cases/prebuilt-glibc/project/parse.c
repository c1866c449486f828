#include <stdlib.h>

int parse(const char *text) {
    return (int)strtol(text, 0, 10);
}
