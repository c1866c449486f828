#include <fcntl.h>

int main(void) {
    return fcntl(1, F_GETFD);
}
