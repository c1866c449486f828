#include <linux/types.h>
int main(void){return 0;}
