#include <net/if.h>
#include <string.h>

int main(void) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    return request.ifr_name[0];
}
