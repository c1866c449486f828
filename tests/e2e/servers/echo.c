/* Tells its arguments, what is in the file that the last one names, and what it reads; exits 3. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void tell(const char *label, FILE *file) {
    char line[200];
    while (fgets(line, sizeof line, file))
        printf("%s: %s", label, line);
}

int main(int count, char **arguments) {
    for (int index = 1; index < count; index++)
        printf("argument %s\n", arguments[index]);
    FILE *file = count > 1 ? fopen(arguments[count - 1], "r") : NULL;
    if (file) {
        tell("file", file);
        if (open(arguments[count - 1], O_WRONLY) < 0 && errno == EROFS)
            puts("read-only");
    }
    if (count > 1 && strcmp(arguments[1], "--overwrite-input") == 0) {
        int input = open("/proc/self/fd/0", O_WRONLY);
        if (input >= 0 && write(input, "gone", 4) == 4)
            puts("overwritten");
    }
    tell("input", stdin);
    return 3;
}
