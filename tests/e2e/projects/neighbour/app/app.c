#include "common.h"

int main(void) { return common(); }
