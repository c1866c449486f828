#include "hostile.h"

static const struct {
    const char *name;
    void (*attack)(int, char **);
} attacks[] = {
#define ENTRY(name) {#name, name},
    ATTACKS(ENTRY)
#undef ENTRY
};

static int escapes;

void escaped(const char *what, const char *detail) {
    escapes++;
    printf("ESCAPED %s %s\n", what, detail ? detail : "");
    fflush(stdout);
}

void must_fail(long result, const char *what) {
    if (result >= 0)
        escaped(what, 0);
}

int main(int count, char **arguments) {
    for (unsigned index = 0; count > 1 && index < sizeof attacks / sizeof *attacks; index++)
        if (strcmp(arguments[1], attacks[index].name) == 0) {
            attacks[index].attack(count - 2, arguments + 2);
            printf("finished %s\n", attacks[index].name);
            return escapes ? 99 : 0;
        }
    for (unsigned index = 0; index < sizeof attacks / sizeof *attacks; index++)
        printf("%s\n", attacks[index].name);
    return 2;
}
