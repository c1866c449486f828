#include <signal.h>
#include <stdio.h>
#include <sys/ucontext.h>
#include <fenv.h>

int main(void) {
    ucontext_t context;
    fenv_t environment;
    printf("%zu %zu\n", sizeof context, sizeof environment);
    return fegetenv(&environment);
}
