#include <stdio.h>
#include <stdlib.h>

double gain(double decibels);

int main(int argc, char **argv)
{
    printf("%f\n", gain(argc > 1 ? atof(argv[1]) : 0));
    return 0;
}
