// Converts as only glibc can.
#include <iconv.h>

int main(void) { return iconv_open("ASCII//TRANSLIT", "UTF-8") == (iconv_t)-1; }
