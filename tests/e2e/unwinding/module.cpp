// Throws: through its own frames, through those of libraries that come and go, and in several threads meanwhile.
#include <atomic>
#include <string>
#include <thread>

#define SEEN extern "C" __attribute__((visibility("default")))

using Called = void();

static std::atomic<bool> ended{false};
static std::atomic<int> wrong{0}, caught{0};
static std::thread threads[3];

struct Counted {
    int *count;
    ~Counted() { ++*count; }
};

__attribute__((noinline)) static int deep(int depth, int *cleaned) {
    Counted one{cleaned};
    if (depth == 0) throw std::string("bottom");
    return deep(depth - 1, cleaned) + 1;
}

/* Whether an exception passes so many frames, and cleans up in each. */
SEEN int passes(int depth) {
    int cleaned = 0;
    try {
        return deep(depth, &cleaned) < 0;
    } catch (const std::string &text) {
        return text == "bottom" && cleaned == depth + 1;
    }
}

/* One of many functions whose frames differ: each has a number of bytes of its own. */
template <int number> __attribute__((noinline)) static int pass_on(int *cleaned) {
    Counted one{cleaned};
    volatile char own[number * 24 + 1];
    own[number] = 1;
    if constexpr (number == 0) {
        throw std::string("bottom");
    } else {
        return pass_on<number - 1>(cleaned) + own[number];
    }
}

template <int number> static bool passes_functions() {
    int cleaned = 0;
    try {
        return pass_on<number>(&cleaned) < 0;
    } catch (const std::string &text) {
        return text == "bottom" && cleaned == number + 1;
    }
}

/* Whether exceptions pass the frames of few functions and of more than the unwinder remembers, in turn. */
SEEN int passes_many() {
    return passes_functions<3>() && passes_functions<40>() && passes_functions<3>() && passes_functions<18>();
}

static void raise() { throw 42; }

/* Whether one passes the frames of a library that calls back. */
SEEN int passes_through(void (*library)(Called *)) {
    try {
        library(raise);
    } catch (int value) {
        return value == 42;
    }
    return 0;
}

SEEN void begin() {
    for (auto &thread : threads)
        thread = std::thread([] {
            while (!ended) {
                if (!passes(5)) wrong++;
                caught++;
            }
        });
}

/* Returns how many were caught, and nothing where one went wrong. */
SEEN int end() {
    while (caught < 1000) std::this_thread::yield();
    ended = true;
    for (auto &thread : threads) thread.join();
    return wrong ? 0 : caught.load();
}
