#include <unistd.h>

int main(void) {
    off64_t place = 0;
    return (int)place;
}
