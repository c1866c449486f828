// Says on each line what it sees of the library's types and exceptions.
#include "shared.h"

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <typeinfo>

int main() {
    for (int which = 0; which < 3; which++) {
        try {
            throws(which);
        } catch (const std::logic_error &error) {
            std::printf("logic_error %s\n", error.what());
        } catch (int number) {
            std::printf("int %d\n", number);
        } catch (const std::string &text) {
            std::printf("string %zu\n", text.size());
        } catch (...) {
            std::puts("unknown");
        }
    }
    std::printf("uncaught %d %d\n", std::uncaught_exceptions(), uncaught());
    try {
        throw std::invalid_argument("here");
    } catch (...) {
        std::printf("handled %d %d\n", handled_by_caller(), sees_what_caller_handles());
    }
    std::unique_ptr<Base> made(derived());
    std::printf("types %d %d\n", typeid(*made) == typeid(Derived), dynamic_cast<Derived *>(made.get()) != nullptr);
    std::printf("any %d\n", std::any_cast<int>(number()));
    try {
        calls([] { throw std::length_error("through the library"); });
    } catch (const std::exception &error) {
        std::printf("exception %s\n", error.what());
    }
}
