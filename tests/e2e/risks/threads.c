// Starts a thread that calls a function with a large frame.
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#ifndef FRAME
#define FRAME 400000
#endif

static int sum(const char *text, size_t length) {
    int total = 0;
    for (size_t index = 0; index < length; index++) total += text[index];
    return total;
}

static void *work(void *argument) {
    char room[FRAME];
    memset(room, *(int *)argument, sizeof room);
    *(int *)argument = sum(room, sizeof room) != (int)sizeof room;
    return argument;
}

int main(void) {
    pthread_t thread;
    pthread_attr_t *chosen = NULL;
    int one = 1;
#ifdef SIZE
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, SIZE);
    chosen = &attributes;
#endif
    if (pthread_create(&thread, chosen, work, &one) || pthread_join(thread, NULL)) return 2;
    return one;
}
