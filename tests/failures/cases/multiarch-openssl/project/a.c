#include <openssl/ssl.h>
int main(void) { return 0; }
