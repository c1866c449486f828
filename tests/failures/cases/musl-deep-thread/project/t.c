#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void *deep(void *unused)
{
    volatile char room[512 * 1024];
    memset((char *)room, 1, sizeof room);
    return room[0] ? 0 : unused;
}

int main(void)
{
    pthread_t thread;
    puts("a thread on musl uses half a megabyte of stack");
    fflush(stdout);
    if (pthread_create(&thread, 0, deep, 0))
        return 1;
    return pthread_join(thread, 0);
}
