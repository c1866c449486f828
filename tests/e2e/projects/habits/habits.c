#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "table.h"

int part(int condition);

static void aborted(int number) {
    (void)number;
    printf("asserted\n");
    fflush(stdout);
    _Exit(0);
}

int main(int count, char **arguments) {
    (void)arguments;
    int overflowing = INT_MAX - 1 + count;
    overflowing += count; /* undefined, and quietly so in an ordinary build without -O */
    printf("built %s, table %d, overflow %s\n", sizeof(__DATE__) > 1 ? "with a date" : "", table[2],
           overflowing < 0 ? "wraps" : "?");
    signal(SIGABRT, aborted);
    return part(count > 1);
}
