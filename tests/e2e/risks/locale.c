// Asks for a locale by its name.
#include <locale.h>
#include <stddef.h>

#ifndef NAME
#define NAME "de_DE.UTF-8"
#endif

int main(void) { return setlocale(LC_ALL, NAME) == NULL; }
