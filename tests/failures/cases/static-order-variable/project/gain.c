#include <math.h>

double gain(double decibels)
{
    return pow(10.0, decibels / 20.0);
}
