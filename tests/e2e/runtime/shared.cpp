// A library of a program in C++: it throws, is called back, and asks what its caller is handling.
#include "shared.h"

#include <stdexcept>
#include <string>

Base::~Base() {}

void throws(int which) {
    if (which == 0) throw std::out_of_range("far");
    if (which == 1) throw 42;
    throw std::string("a text that is too long for the object itself");
}

int uncaught() { return std::uncaught_exceptions(); }

int handled_by_caller() {
    try {
        throw;
    } catch (const std::logic_error &) {
        return 1;
    } catch (...) {
        return 2;
    }
}

bool sees_what_caller_handles() { return std::current_exception() != nullptr; }

std::any number() { return 7; }

Base *derived() { return new Derived; }

void calls(const std::function<void()> &function) { function(); }
