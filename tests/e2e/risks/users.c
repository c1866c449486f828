// Looks a user up.
#include <pwd.h>
#include <stddef.h>

int main(void) { return getpwnam("known") == NULL; }
