#include <string>

std::string name(const std::string &of) {
    return of + "!";
}
