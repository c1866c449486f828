// Opens a library while it runs.
#include <dlfcn.h>
#include <stddef.h>

int main(void) { return dlopen("libknown.so.1", RTLD_NOW) == NULL; }
