#include <string.h>
unsigned long strlcpy(char*,const char*,unsigned long);
int main(int c,char**v){char b[9]; return strlcpy(b,v[0],9);}
