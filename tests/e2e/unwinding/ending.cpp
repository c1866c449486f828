// Threads that end, or throw, within frames that have something to clean up.
#include <cstdio>
#include <string>

#include "thread.h"

static int noted;

static void note(void *number) { noted = noted * 10 + static_cast<int>(reinterpret_cast<long>(number)); }

struct Cleaned {
    std::string text{"cleaned"};
    ~Cleaned() { text.clear(); }
};

__attribute__((noinline)) static void within(void (*what)()) {
    Cleaned one;
    pthread_cleanup_push(note, reinterpret_cast<void *>(1));
    pthread_cleanup_push(note, reinterpret_cast<void *>(2));
    what();
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(1);
}

static void nothing() {}
static void ends() { pthread_exit(reinterpret_cast<void *>(7)); }
static void waits() { for (;;) usleep(1000); }
static void throws() { throw std::string("thrown"); }
static void quiet(void (*what)()) noexcept { within(what); }

static void *stays(void *) { within(nothing); return reinterpret_cast<void *>(3); }
static void *leaves(void *) { within(ends); return nullptr; }
static void *leaves_quietly(void *) { quiet(ends); return nullptr; }
static void *is_cancelled(void *) { within(waits); return nullptr; }
static void *catches(void *) {
    try {
        within(throws);
    } catch (const std::string &) {
        return reinterpret_cast<void *>(5);
    }
    return nullptr;
}

static void show(const char *name, void *(*run)(void *)) {
    noted = 0;
    const long result = result_of(run, run == is_cancelled);
    std::printf("%s %d %ld\n", name, noted, result);
}

extern "C" __attribute__((visibility("default"))) int shown() {
    show("stays", stays);
    show("leaves", leaves);
    show("leaves_quietly", leaves_quietly);
    show("is_cancelled", is_cancelled);
    show("catches", catches);
    std::fflush(stdout);
    return 0;
}
