#define SSL_library_init() OPENSSL_init_ssl(0, 0)
int OPENSSL_init_ssl(unsigned long options, const void *settings);
