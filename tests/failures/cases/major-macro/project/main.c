#include <sys/stat.h>
#include <stdio.h>

int main(void) {
    struct stat info;
    if (stat("/", &info)) {
        return 1;
    }
    printf("%u\n", major(info.st_dev));
    return 0;
}
