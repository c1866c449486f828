/* A program that loads plugins: it opens the shared object that its argument names, all symbols bound at once, says
 * "loaded" or what the loader said, and ends without running what the object wants run at exit. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count != 2)
        return 125;
    if (!dlopen(arguments[1], RTLD_NOW)) {
        fprintf(stderr, "%s\n", dlerror());
        fflush(stderr);
        _exit(127);
    }
    puts("loaded");
    fflush(stdout);
    _exit(0);
}
