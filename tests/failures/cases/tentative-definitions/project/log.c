#include "log.h"
#include <stdio.h>

void tell(const char *text) {
    if (verbose) {
        puts(text);
    }
}
