#include <iostream>
#include <stdexcept>
#include <thread>

int main() {
    std::thread([] {
        try {
            throw std::runtime_error("caught in a thread");
        } catch (const std::exception &error) {
            std::cout << error.what() << '\n';
        }
    }).join();
}
