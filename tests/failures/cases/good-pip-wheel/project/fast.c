#include <foozle.h>
