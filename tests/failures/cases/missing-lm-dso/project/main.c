#include <math.h>
#include <stdio.h>
double b(double);
int main(int c, char**v){ printf("%f", b(c) + pow(c, 1.5)); return 0;}
