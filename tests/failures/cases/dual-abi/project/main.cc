#include <string>

std::string name(const std::string &of);

int main() {
    return name("a").size() == 2 ? 0 : 1;
}
