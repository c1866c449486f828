#include <stdlib.h>

int main(int count, char **words) {
    return count > 1 ? (int)strtol(words[1], 0, 10) : 0;
}
