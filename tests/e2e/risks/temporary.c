// Makes a file below /tmp.
#include <stdlib.h>

int main(void) {
    char name[] = "/tmp/known-XXXXXX";
    static const char *also = "/tmp/known.log";
    return mkstemp(name) < 0 || also == 0;
}
