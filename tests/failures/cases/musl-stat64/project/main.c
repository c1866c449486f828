#include <sys/stat.h>

int main(void)
{
    struct stat64 found;
    return stat64("/", &found);
}
