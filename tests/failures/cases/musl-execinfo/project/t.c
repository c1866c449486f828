#include <execinfo.h>
int main(void){return 0;}
