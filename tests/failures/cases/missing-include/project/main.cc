#include <vector>

int main() {
    std::vector<int> values;
    return strlen("") + values.size();
}
