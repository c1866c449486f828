/* The program that has a libc: it opens neutral modules, as CPython does, and has each show what it does. */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What every CPython on glibc has loaded before 2.34; later they are empty, and musl has none of them. */
static const char *const libraries[] = {"libm.so.6", "libpthread.so.0", "libdl.so.2", "libutil.so.1"};

int main(int count, char **names) {
    char folder[] = "/tmp/shown-XXXXXX";
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        perror(folder);
        return 1;
    }
    for (unsigned index = 0; index < sizeof libraries / sizeof *libraries; index++) dlopen(libraries[index], RTLD_NOW | RTLD_GLOBAL);
    for (int index = 1; index < count; index++) {
        void *module = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
        void (*show)(void) = module ? (void (*)(void))dlsym(module, "show") : NULL;
        if (show == NULL) {
            printf("%s\n", dlerror());
            return 1;
        }
        show();
    }
    printf("all shown\n");
    return 0;
}
