#include "start.h"

/* The note is JSON: which libraries, for which feature, how badly they are wanted. */
#define WANTED "[{\"feature\":\"zip\",\"priority\":\"required\",\"soname\":[\"libnowhere.so.1\"]}]"
__attribute__((used, aligned(4), section(".note.dlopen"))) static const struct {
    unsigned name_size, size, type;
    char name[4], content[(sizeof(WANTED) + 3) / 4 * 4];
} note = {4, sizeof(WANTED), 0x407c0c0a, "FDO", WANTED};

int inner(void);

__attribute__((used)) void begin(void) { leave(inner() == 7 ? 0 : 1); }
