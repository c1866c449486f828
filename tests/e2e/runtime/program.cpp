// Says on each line what it sees of the library's types and exceptions.
#include "caught.h"
#include "shared.h"

#include <memory>
#include <typeinfo>

int main() {
    for (int which = 0; which < 3; which++) caught(throws, which);
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
