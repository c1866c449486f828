#include <iostream>
#include <thread>

int main() {
    std::thread worker([] { std::cout << "working\n"; });
    worker.join();
}
