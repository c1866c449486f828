#include <any>
#include <exception>
#include <functional>

struct Base {
    virtual ~Base();
};
struct Derived : Base {};

void throws(int which);
int uncaught();
int handled_by_caller();
bool sees_what_caller_handles();
std::any number();
Base *derived();
void calls(const std::function<void()> &function);
