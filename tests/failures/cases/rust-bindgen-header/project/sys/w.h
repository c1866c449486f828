#include <mylib/my.h>
