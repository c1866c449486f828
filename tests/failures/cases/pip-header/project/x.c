#include <foozle.h>
int x;
