// Declares what it opens while it runs, as https://systemd.io/ELF_DLOPEN_METADATA/ says.
#include <dlfcn.h>
#include <stddef.h>

__attribute__((used, retain, section(".note.dlopen"), aligned(4))) static const struct {
    int name_size, content_size, type;
    char name[4];
    char content[128];
} note = {4, 128, 0x407c0c0a, "FDO",
    "[{\"feature\":\"colour\",\"priority\":\"required\",\"soname\":[\"libknown.so.1\"]},"
    "{\"priority\":\"suggested\",\"soname\":[\"libseldom.so.2\"]}]"};

int main(void) { return dlopen("libknown.so.1", RTLD_NOW) == NULL; }
