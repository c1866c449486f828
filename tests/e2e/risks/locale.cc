// Asks for a locale by its name: without it, this throws.
#include <locale>

int main() { return std::locale("de_DE.UTF-8").name().empty(); }
