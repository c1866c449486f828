#include <stdio.h>

int main(void) {
    printf("static const int table[] = {1, 2, 3};\n");
    return 0;
}
