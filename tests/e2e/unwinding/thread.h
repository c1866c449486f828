// A thread that is run to its end, of its own or by being cancelled.
#include <pthread.h>
#include <unistd.h>

static long result_of(void *(*run)(void *), bool cancelled) {
    pthread_t thread;
    void *result = nullptr;
    pthread_create(&thread, nullptr, run, nullptr);
    if (cancelled) {
        usleep(20000);
        pthread_cancel(thread);
    }
    pthread_join(thread, &result);
    return reinterpret_cast<long>(result);
}
