// Opens a library that throws: nothing of this program is offered to it.
#include <cstdio>
#include <dlfcn.h>
#include <stdexcept>

int main(int, char **words) {
    void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
    auto throws = library ? reinterpret_cast<void (*)(int)>(dlsym(library, "_Z6throwsi")) : nullptr;
    if (throws == nullptr) return 2;
    for (int which = 0; which < 2; which++) {
        try {
            throws(which);
        } catch (const std::logic_error &error) {
            std::printf("logic_error %s\n", error.what());
        } catch (int number) {
            std::printf("int %d\n", number);
        }
    }
}
