/* A server that behaves, or not, as its first argument says; the second is its port. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *mode;

static int is(const char *name) { return strcmp(mode, name) == 0; }

static int listening(int port) {
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    ipv4.sin_addr.s_addr = htonl(is("all") ? INADDR_ANY : INADDR_LOOPBACK);
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};
    ipv6.sin6_addr = in6addr_loopback;
    int listener = socket(is("ipv6") ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    int failed = is("ipv6") ? bind(listener, (void *)&ipv6, sizeof ipv6) : bind(listener, (void *)&ipv4, sizeof ipv4);
    if (failed || listen(listener, 5)) {
        perror("listen");
        exit(7);
    }
    return listener;
}

static void serve(int port) {
    int listener = listening(port);
    puts("listening");
    fflush(stdout);
    if (is("several"))
        fork() && fork();
    for (;;)
        close(accept(listener, NULL, NULL));
}

int main(int count, char **arguments) {
    int port = count > 2 ? atoi(arguments[2]) : 0;
    mode = count > 1 ? arguments[1] : "";
    if (is("ends"))
        return 0;
    if (is("refuses"))
        return 7;
    if (is("crash"))
        raise(SIGSEGV);
    while (is("flood"))
        puts("a line, and never an answer");
    while (is("bomb"))
        fork();
    if (is("background") || is("background-silent"))
        if (fork() != 0)
            return 0;
    if (is("stubborn"))
        signal(SIGTERM, SIG_IGN);
    if (is("loud") && fork() == 0)
        for (;;)
            usleep((unsigned)puts("a line"));
    while (is("silent") || is("background-silent"))
        pause();
    usleep(100000);
    serve(is("elsewhere") ? port + 1 : port);
}
