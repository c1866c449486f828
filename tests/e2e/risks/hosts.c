// Looks a host up that only /etc/hosts knows.
#include <netdb.h>
#include <stddef.h>

int main(void) {
    struct addrinfo *found;
    return getaddrinfo("known.example", "80", NULL, &found) != 0;
}
