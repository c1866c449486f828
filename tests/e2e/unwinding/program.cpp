// Threads of a program that end within frames in C++ and C, of the program's own and of a library's.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "thread.h"

extern "C" void in_c(void (*what)());
void in_library(void (*what)());

static std::string noted;

extern "C" void note(const char *text) { noted += text; }

struct Noted {
    const char *name;
    ~Noted() {
        try {
            throw std::runtime_error(name); // another exception meanwhile
        } catch (const std::exception &error) {
            note(error.what());
        }
    }
};

static void pushed(void *name) { note(static_cast<const char *>(name)); }
static void ends() { pthread_exit(reinterpret_cast<void *>(7)); }
static void waits() { for (;;) usleep(1000); }
static void cancels_itself() { pthread_cancel(pthread_self()); pthread_testcancel(); }
static void throws() { throw std::string("thrown"); }

static void within(void (*what)()) {
    Noted one{"1"};
    pthread_cleanup_push(pushed, const_cast<char *>("2"));
    try {
        Noted three{"3"};
        what();
    } catch (int) {
        note("no");
    } catch (...) {
        note("4");
        throw;
    }
    pthread_cleanup_pop(1);
}

static void *leaves(void *) { within(ends); return nullptr; }
static void *is_cancelled_by_itself(void *) { within(cancels_itself); return nullptr; }
static void *is_cancelled(void *) { within(waits); return nullptr; }
static void *through_library(void *) { in_library(ends); return nullptr; }
static void *through_c(void *) { in_c(ends); return nullptr; }
static void *catches(void *) {
    try {
        in_c([] { in_library([] { within(throws); }); });
    } catch (const std::string &) {
        return reinterpret_cast<void *>(5);
    }
    return nullptr;
}

static void show(const char *name, void *(*run)(void *)) {
    noted.clear();
    const long result = result_of(run, run == is_cancelled);
    std::printf("%s %s %ld\n", name, noted.c_str(), result);
}

int main() {
    show("leaves", leaves);
    show("is_cancelled_by_itself", is_cancelled_by_itself);
    show("is_cancelled", is_cancelled);
    show("through_library", through_library);
    show("through_c", through_c);
    show("catches", catches);
    noted.clear();
    std::thread([] { within(ends); }).join();
    std::printf("of_library %s 0\n", noted.c_str());
    std::fflush(stdout);
    Noted last{""};
    pthread_exit(nullptr); // of the first thread
}
