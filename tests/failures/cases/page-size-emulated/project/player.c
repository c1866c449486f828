#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
    if (!dlopen("./libcodec.so", RTLD_NOW)) {
        fprintf(stderr, "player: %s\n", dlerror());
        return 1;
    }
    puts("player: ready");
    return 0;
}
