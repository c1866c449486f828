#include <sys/types.h>

int main(void)
{
    __uint16_t port = 80;
    return port - 80;
}
