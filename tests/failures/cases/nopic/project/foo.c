static int x[10]; int *foo(int i){return x + i;}
