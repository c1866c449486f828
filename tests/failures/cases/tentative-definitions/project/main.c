#include "log.h"

int main(void) {
    verbose = 1;
    tell("hello");
    return 0;
}
