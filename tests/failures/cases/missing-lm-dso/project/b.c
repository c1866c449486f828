#include <math.h>
double b(double x){ return pow(x, 2.5); }
