#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* Prints the check sum and the digest of "abc", and whether a TLS context can be made. */
int main(void)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)"abc", 3, digest);
    printf("%08lx ", crc32(0, (const unsigned char *)"abc", 3));
    for (int i = 0; i < 4; i++)
        printf("%02x", digest[i]);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    puts(context && !strcmp(zlibVersion(), ZLIB_VERSION) ? " tls" : " no tls");
    SSL_CTX_free(context);
    return 0;
}
