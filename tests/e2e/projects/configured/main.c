#include <answer.h>
#include <stdlib.h>

int main(void) {
    free(malloc(1));
    return answer() == 42 ? 0 : 1;
}
