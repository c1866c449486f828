/* Linked into every neutral module in Rust in place of module.c, which it includes: what Rust's standard library for
   *-linux-gnu asks of glibc alone. */
#include "module.c"

typedef void initializer(int count, char **arguments, char **variables);

/* musl's res_init does nothing (src/network/res_init.c). */
HERE int __res_init(void) {
    int (*known)(void) = own("__res_init");
    return known ? known() : 0;
}

/* glibc's loader hands the process's arguments to what is in .init_array, musl's hands over nothing, and Rust keeps what
   it finds in the registers (std/src/sys/args/unix.rs, which asks for the place 00099). So on musl what stands there is
   called once more, by what stands behind it: there are no arguments. */
static void before(int count, char **arguments, char **variables) {
    (void)count, (void)arguments, (void)variables;
}

static void behind(int count, char **arguments, char **variables);

__attribute__((used, section(".init_array.00098"))) static initializer *first = before;
__attribute__((used, section(".init_array.00100"))) static initializer *last = behind;

static void behind(int count, char **arguments, char **variables) {
    initializer *volatile *one = &first;
    (void)count, (void)arguments, (void)variables;
    if (gnu_get_libc_release != 0 || &last - &first != 2) return;
    one[1](0, 0, 0);
}
