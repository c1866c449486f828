// Says on a line by which type a program takes what a library throws.
#include <cstdio>
#include <stdexcept>
#include <string>

template <class Throws> void caught(Throws throws, int which) {
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
