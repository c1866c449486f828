/* main in words, in "main() {", and in a comment: main(void) { } */
#include <stdio.h>

const char *text = "int main(void) { return 1; }";

main(argc, argv)
int argc;
char **argv;
{
    puts(text);
    return argc > 1 && argv == 0;
}
