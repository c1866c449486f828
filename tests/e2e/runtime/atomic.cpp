// Three threads count in an object that is larger than any processor exchanges at once.
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

struct Counts {
    int counts[6];
};

int main() {
    std::atomic<Counts> shared{Counts{}};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 3; thread++) {
        threads.emplace_back([&, thread] {
            for (int round = 0; round < 1000; round++) {
                Counts seen = shared.load(), wanted;
                do {
                    wanted = seen;
                    wanted.counts[thread]++;
                    wanted.counts[5]++;
                } while (!shared.compare_exchange_weak(seen, wanted));
            }
        });
    }
    for (std::thread &thread : threads) thread.join();
    Counts last = shared.exchange(Counts{});
    std::printf("%d %d %d %d %d\n", last.counts[0], last.counts[1], last.counts[2], last.counts[5],
                shared.load().counts[5]);
}
