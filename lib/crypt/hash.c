#include <openssl/crypto.h>

#include "lib/base/log.h"
#include "lib/crypt/context.h"
#include "lib/crypt/crypt.h"

enum { DIGEST_MAX = SHA256_SIZE };

static void digest(enum context_digest which, struct str s, uint8_t out[DIGEST_MAX])
{
	EVP_MD_CTX *c = context_get()->digest[which];

	if (EVP_DigestInit_ex2(c, NULL, NULL) != 1 || EVP_DigestUpdate(c, s.p, s.n) != 1 || EVP_DigestFinal_ex(c, out, NULL) != 1)
		log_die("OpenSSL can't hash");
}

static struct str digest_hex(struct arena *a, enum context_digest which, size_t size, struct str s)
{
	uint8_t out[DIGEST_MAX];

	digest(which, s, out);
	return crypt_hex(a, (struct str){ (const char *)out, size });
}

void crypt_sha256(struct str s, uint8_t out[SHA256_SIZE])
{
	digest(CONTEXT_SHA256, s, out);
}

struct str crypt_sha256_hex(struct arena *a, struct str s)
{
	return digest_hex(a, CONTEXT_SHA256, SHA256_SIZE, s);
}

struct str crypt_sha1_hex(struct arena *a, struct str s)
{
	return digest_hex(a, CONTEXT_SHA1, 20, s);
}

struct str crypt_md5_hex(struct arena *a, struct str s)
{
	return digest_hex(a, CONTEXT_MD5, 16, s);
}

void crypt_hmac_sha256(struct str key, struct str data, uint8_t out[SHA256_SIZE])
{
	context_hmac(key, &data, 1, out);
}

bool crypt_same(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void crypt_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}
