// Starts a shell itself.
#include <unistd.h>

int main(void) {
    execl("/bin/sh", "sh", "-c", ":", (char *)0);
    return 1;
}
