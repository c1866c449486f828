// Opens a library that throws: nothing of this program is offered to it.
#include "caught.h"

#include <dlfcn.h>

int main(int, char **words) {
    void *library = dlopen(words[1], RTLD_NOW | RTLD_LOCAL);
    auto throws = library ? reinterpret_cast<void (*)(int)>(dlsym(library, "_Z6throwsi")) : nullptr;
    if (throws == nullptr) return 2;
    for (int which = 0; which < 2; which++) caught(throws, which);
}
