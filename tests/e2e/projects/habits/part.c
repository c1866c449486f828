#include <assert.h>

/* assert must hold its ground although this file is optimised. */
int part(int condition) {
    assert(condition);
    return 7;
}
