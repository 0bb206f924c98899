/*
 * context: what OpenSSL needs for our few algorithms, made once for each thread. Fetching an algorithm takes OpenSSL's locks and costs
 * more than sealing a lead; a context that is kept costs neither. Private to lib/crypt.
 */
#ifndef GAVEL_CRYPT_CONTEXT_H
#define GAVEL_CRYPT_CONTEXT_H

#include <openssl/evp.h>
#include <stdint.h>

#include "lib/base/str.h"

enum context_digest { CONTEXT_SHA256, CONTEXT_SHA1, CONTEXT_MD5, CONTEXT_DIGEST__N };

struct context {
	EVP_CIPHER_CTX *seal, *unseal;              /* AES-256-GCM; key and nonce are set for each use */
	EVP_MD_CTX *digest[CONTEXT_DIGEST__N];
	EVP_MAC_CTX *hmac;                          /* HMAC-SHA-256 */
	struct random_pool *random;              /* NULL: the system can't keep it from a child after fork */
};

/* This thread's; released when the thread ends. Aborts when OpenSSL lacks an algorithm or memory. */
struct context *context_get(void);

struct random_pool *random_pool_new(void);
void random_pool_free(struct random_pool **rp);

/* HMAC-SHA-256 of the parts one after the other: 32 bytes. */
void context_hmac(struct str key, const struct str *parts, size_t n, uint8_t out[32]);

#endif
