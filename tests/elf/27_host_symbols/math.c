double pow(double, double);

double math(double x) { return pow(x, 2.5); }
