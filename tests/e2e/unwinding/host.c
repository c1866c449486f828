/* A program of a libc that opens a module, and counts how its unwinder asks for the objects of the process. */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

enum { THROWS = 500, ROUNDS = 200 };

typedef int Visitor(struct dl_phdr_info *, size_t, void *);
struct visit {
    Visitor *visitor;
    void *data;
};

static unsigned long asked, visited;

static int counted(struct dl_phdr_info *info, size_t size, void *data) {
    struct visit *visit = data;
    __atomic_fetch_add(&visited, 1, __ATOMIC_RELAXED);
    return visit->visitor(info, size, visit->data);
}

/* Stands before the libc's own, as a program's functions do (gABI, Shared Object Dependencies). */
int dl_iterate_phdr(Visitor *visitor, void *data) {
    static int (*own)(Visitor *, void *);
    struct visit visit = {visitor, data};
    if (own == NULL) own = (int (*)(Visitor *, void *))dlsym(RTLD_NEXT, "dl_iterate_phdr");
    __atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
    return own(counted, &visit);
}

static void *symbol(void *library, const char *name) {
    void *found = library ? dlsym(library, name) : NULL;
    if (found == NULL) {
        printf("%s\n", dlerror());
        exit(1);
    }
    return found;
}

int main(int count, char **names) {
    if (count < 4) return 2;
    /* What every CPython on glibc has loaded before 2.34; later they are empty, and musl has none of them. */
    dlopen("libpthread.so.0", RTLD_NOW | RTLD_GLOBAL);
    dlopen("libdl.so.2", RTLD_NOW | RTLD_GLOBAL);
    void *module = dlopen(names[1], RTLD_NOW | RTLD_LOCAL), *last = NULL;
    int (*passes)(int) = (int (*)(int))symbol(module, "passes");
    int (*passes_through)(void *) = (int (*)(void *))symbol(module, "passes_through");
    int (*passes_many)(void) = (int (*)(void))symbol(module, "passes_many");
    int right = 0, many = 0, through = 0, again = 0;
    for (int throw = 0; throw < THROWS; throw++) right += passes(10);
    for (int round = 0; round < ROUNDS; round++) many += passes_many();
    printf("{\"right\": %d, \"many\": %d, \"asked\": %lu, \"visited\": %lu", right, many, asked, visited);
    ((void (*)(void))symbol(module, "begin"))();
    for (int round = 0; round < ROUNDS; round++) {
        void *library = dlopen(names[2 + round % 2], RTLD_NOW | RTLD_LOCAL), *called = symbol(library, "calls_back");
        Dl_info where;
        if (dladdr(called, &where) && where.dli_fbase == last) again++;
        last = where.dli_fbase;
        through += passes_through(called);
        dlclose(library);
    }
    int caught = ((int (*)(void))symbol(module, "end"))();
    printf(", \"through\": %d, \"again\": %d, \"caught\": %d}\n", through, again, caught);
    return 0;
}
