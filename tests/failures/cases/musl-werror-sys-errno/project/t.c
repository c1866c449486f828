#include <sys/errno.h>
int main(void){return 0;}
