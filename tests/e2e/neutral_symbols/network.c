#include "show.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

extern int *__h_errno_location(void);

void show(void) {
    char text[256], control[CMSG_SPACE(sizeof(int))] = {0}; struct in_addr address; struct in6_addr wide; struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, peer; struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "socket"}; socklen_t size = sizeof local; int pair[2], number, value; struct iovec part = {"parts", 5}, into = {text, 64}; struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1}, received = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control}; struct mmsghdr many[1] = {{.msg_hdr = message}}, more[1] = {{.msg_hdr = {.msg_iov = &into, .msg_iovlen = 1}}}; struct timespec none = {0, 0};
    IS(htonl, (htonl)(0x01020304) == *(unsigned *)"\1\2\3\4");
    IS(htons, (htons)(0x0102) == *(unsigned short *)"\1\2");
    IS(ntohl, (ntohl)(*(unsigned *)"\1\2\3\4"));
    IS(ntohs, (ntohs)(*(unsigned short *)"\1\2"));
    IS(inet_addr, ntohl(inet_addr("127.1")));
    IS(inet_addr, inet_addr("x") == INADDR_NONE);
    IS(inet_aton, inet_aton("10.0.0.1", &address));
    IS(inet_aton, inet_aton("10.0.0.300", &address)); inet_aton("10.1.2.3", &address);
    IS(inet_ntoa, inet_ntoa(address));
    IS(inet_network, inet_network("10.1.2.3"));
    IS(inet_pton, inet_pton(AF_INET6, "2001:db8::1", &wide));
    IS(inet_pton, inet_pton(AF_INET, "1.2.3", &address));
    IS(inet_pton, inet_pton(99, "1.2.3.4", &address));
    IS(inet_ntop, inet_ntop(AF_INET6, &wide, text, sizeof text));
    IS(inet_ntop, inet_ntop(AF_INET6, &wide, text, 3));
    IS(in6addr_any, in6addr_any.s6_addr[15]);
    IS(in6addr_loopback, in6addr_loopback.s6_addr[15]);
    IS(ether_aton, ether_aton("1:2:3:4:5:ff")->ether_addr_octet[5]); struct ether_addr ether;
    IS(ether_aton_r, ether_aton_r("0a:2:3:4:5:6", &ether)->ether_addr_octet[0]);
    IS(ether_aton, ether_aton("zz") == NULL);
    IS(ether_hostton, ether_hostton("nobody", &ether) != 0);
    IS(ether_ntohost, ether_ntohost(text, &ether) != 0);
    IS(ether_line, ether_line("# comment", &ether, text));
    IS(socketpair, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    IS(send, send(pair[0], "hello", 5, MSG_NOSIGNAL));
    IS(recv, recv(pair[1], text, 64, MSG_PEEK));
    IS(recv, recv(pair[1], text, 64, 0));
    IS(sendmsg, sendmsg(pair[0], &message, 0));
    IS(recvmsg, recvmsg(pair[1], &received, 0));
    IS(recvmsg, received.msg_controllen); struct cmsghdr *header = (struct cmsghdr *)control; message.msg_control = control; message.msg_controllen = sizeof control; header->cmsg_len = CMSG_LEN(sizeof(int)); header->cmsg_level = SOL_SOCKET; header->cmsg_type = SCM_RIGHTS; *(int *)CMSG_DATA(header) = 0;
    IS(sendmsg, sendmsg(pair[0], &message, 0)); memset(control, 0, sizeof control); received.msg_controllen = sizeof control;
    IS(recvmsg, recvmsg(pair[1], &received, 0));
    IS(recvmsg, header->cmsg_type == SCM_RIGHTS && *(int *)CMSG_DATA(header) > 2);
    IS(recvmsg, received.msg_controllen);
    IS(sendmmsg, sendmmsg(pair[0], many, 1, 0));
    IS(sendmmsg, many[0].msg_len);
    IS(recvmmsg, recvmmsg(pair[1], more, 1, MSG_DONTWAIT, &none));
    IS(recvmmsg, more[0].msg_len);
    IS(shutdown, shutdown(pair[0], SHUT_WR));
    IS(recv, recv(pair[1], text, 9, 0));
    IS(sockatmark, sockatmark(pair[1]));
    IS(sockatmark, sockatmark(99));
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_INET, SOCK_STREAM, 0), taken, datagram = socket(AF_UNIX, SOCK_DGRAM, 0);
    IS(socket, server > 2);
    IS(socket, socket(99, SOCK_STREAM, 0)); value = 1;
    IS(setsockopt, setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value)); size = sizeof value;
    IS(getsockopt, getsockopt(server, SOL_SOCKET, SO_TYPE, &number, &size));
    IS(getsockopt, number * 100 + size); struct timeval wait = {2, 0};
    IS(setsockopt, setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait)); size = sizeof wait; wait.tv_sec = 0;
    IS(getsockopt, getsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &wait, &size));
    IS(getsockopt, wait.tv_sec);
    IS(bind, bind(server, (struct sockaddr *)&local, sizeof local));
    IS(listen, listen(server, 2)); size = sizeof local;
    IS(getsockname, getsockname(server, (struct sockaddr *)&local, &size));
    IS(getsockname, local.sin_port != 0);
    IS(connect, connect(client, (struct sockaddr *)&local, sizeof local)); size = sizeof peer;
    IS(accept, (taken = accept(server, (struct sockaddr *)&peer, &size)) > 2);
    IS(accept, peer.sin_family); size = sizeof peer;
    IS(getpeername, getpeername(client, (struct sockaddr *)&peer, &size));
    IS(getpeername, peer.sin_port == local.sin_port); close(client); client = socket(AF_INET, SOCK_STREAM, 0); connect(client, (struct sockaddr *)&local, sizeof local);
    IS(accept4, (taken = accept4(server, NULL, NULL, SOCK_CLOEXEC)) > 2);
    IS(accept4, fcntl(taken, F_GETFD));
    IS(connect, connect(99, (struct sockaddr *)&local, sizeof local));
    IS(bind, bind(datagram, (struct sockaddr *)&path, sizeof path));
    IS(sendto, sendto(datagram, "self", 4, 0, (struct sockaddr *)&path, sizeof path)); size = sizeof path;
    IS(recvfrom, recvfrom(datagram, text, 64, 0, (struct sockaddr *)&path, &size));
    IS(recvfrom, path.sun_family);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found = NULL;
    IS(getaddrinfo, getaddrinfo("127.0.0.1", "80", &hints, &found));
    IS(getaddrinfo, found->ai_family * 100 + found->ai_addrlen);
    IS(getaddrinfo, ntohs(((struct sockaddr_in *)found->ai_addr)->sin_port));
    DOES(freeaddrinfo, freeaddrinfo(found), 0);
    IS(getaddrinfo, getaddrinfo("not-numeric", "80", &hints, &found)); hints.ai_family = 99;
    IS(getaddrinfo, getaddrinfo("127.0.0.1", "80", &hints, &found));
    IS(gai_strerror, strlen(gai_strerror(EAI_NONAME)) > 5); char port[16];
    IS(getnameinfo, getnameinfo((struct sockaddr *)&peer, sizeof peer, text, sizeof text, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV));
    IS(getnameinfo, (char *)text);
    struct hostent *host = gethostbyname("127.0.0.1"), place, *result;
    IS(gethostbyname, host->h_name);
    IS(gethostbyname, host->h_addrtype * 10 + host->h_length);
    IS(gethostbyname2, gethostbyname2("127.0.0.1", AF_INET)->h_length); char room[1024];
    IS(gethostbyname_r, gethostbyname_r("127.0.0.1", &place, room, sizeof room, &result, &number));
    IS(gethostbyname_r, result == &place ? place.h_length : -2);
    IS(gethostbyname2_r, gethostbyname2_r("127.0.0.1", AF_INET, &place, room, sizeof room, &result, &number));
    IS(__h_errno_location, __h_errno_location() != NULL);
    IS(gethostbyaddr, gethostbyaddr("\177\0\0\1", 4, AF_INET)->h_name);
    IS(gethostbyaddr_r, gethostbyaddr_r("\177\0\0\1", 4, AF_INET, &place, room, sizeof room, &result, &number));
    IS(gethostbyaddr_r, place.h_name);
    IS(gethostbyname, gethostbyname("shown")->h_length);
    DOES(herror, { freopen("said", "w+", stderr); h_errno = HOST_NOT_FOUND; herror("said"); }, ftell(stderr) > 5);
    IS(hstrerror, strlen(hstrerror(HOST_NOT_FOUND)) > 3);
    DOES(sethostent, sethostent(0), 0);
    DOES(endhostent, endhostent(), 0);
    IS(getprotobyname, getprotobyname("tcp")->p_proto);
    IS(getprotobyname, getprotobyname("no-such-protocol") == NULL);
    IS(getprotobynumber, getprotobynumber(17)->p_name);
    IS(getprotoent, getprotoent() != NULL);
    BUT(getprotoent, getprotoent()->p_name);
    DOES(setprotoent, setprotoent(0), 0);
    DOES(endprotoent, endprotoent(), 0);
    DOES(setnetent, setnetent(0), 0);
    DOES(endnetent, endnetent(), 0);
    DOES(setservent, setservent(0), 0);
    DOES(endservent, endservent(), 0);
    IS(getservbyname, ntohs(getservbyname("shown", "tcp")->s_port));
    IS(getservbyname, getservbyname("no-such-service", "tcp") == NULL);
    IS(getservbyport, getservbyport(htons(4242), "tcp")->s_name);
    IS(getservbyport, getservbyport(htons(4243), "tcp") == NULL); struct servent service, *served;
    IS(getservbyport_r, getservbyport_r(htons(4242), "tcp", &service, room, sizeof room, &served));
    IS(getservbyport_r, service.s_name);
    IS(getservbyname_r, getservbyname_r("shown", "tcp", &service, room, sizeof room, &served));
    IS(getservbyname_r, service.s_proto);
    IS(getservbyname_r, (getservbyname_r("no-such-service", "tcp", &service, room, sizeof room, &served), served == NULL));
    IS(if_nametoindex, if_nametoindex("lo"));
    IS(if_nametoindex, if_nametoindex("none"));
    IS(if_indextoname, if_indextoname(1, text));
    IS(if_indextoname, if_indextoname(9999, text)); struct if_nameindex *names = if_nameindex();
    IS(if_nameindex, names[0].if_name);
    DOES(if_freenameindex, if_freenameindex(names), 0);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ /* under the emulator of s390x musl's does not end */
    struct ifaddrs *interfaces;
    IS(getifaddrs, getifaddrs(&interfaces));
    IS(getifaddrs, interfaces->ifa_name);
    DOES(freeifaddrs, freeifaddrs(interfaces), 0);
#endif
    IS(gethostname, gethostname(text, sizeof text));
    IS(gethostname, strlen(text) > 0);
}
