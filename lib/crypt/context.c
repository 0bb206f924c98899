#include "lib/crypt/context.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "lib/base/log.h"

enum { HMAC_SIZE = 32 };

/*
 * glibc's hook for the end of a thread, which C++ compilers call for their thread_local objects. A pthread key would do the same, but
 * has to stand in a variable that the whole process shares.
 */
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *dso);
extern void *__dso_handle;

static void release(void *arg)
{
	struct context *c = arg;

	EVP_CIPHER_CTX_free(c->seal);
	EVP_CIPHER_CTX_free(c->unseal);
	for (int i = 0; i < CONTEXT_DIGEST__N; i++)
		EVP_MD_CTX_free(c->digest[i]);
	EVP_MAC_CTX_free(c->hmac);
	random_pool_free(&c->random);
	*c = (struct context){ 0 };
}

static void make_ciphers(struct context *c)
{
	EVP_CIPHER *gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);

	c->seal = EVP_CIPHER_CTX_new();
	c->unseal = EVP_CIPHER_CTX_new();
	if (gcm == NULL || c->seal == NULL || c->unseal == NULL || EVP_EncryptInit_ex2(c->seal, gcm, NULL, NULL, NULL) != 1 ||
	    EVP_DecryptInit_ex2(c->unseal, gcm, NULL, NULL, NULL) != 1)
		log_die("OpenSSL has no AES-256-GCM");
	EVP_CIPHER_free(gcm);
}

static EVP_MD_CTX *make_digest(const char *name)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (md == NULL || c == NULL || EVP_DigestInit_ex2(c, md, NULL) != 1)
		log_die("OpenSSL has no SHA-256, SHA-1 or MD5");
	EVP_MD_free(md);
	return c;
}

static EVP_MAC_CTX *make_hmac(void)
{
	char sha256[] = "SHA256";
	OSSL_PARAM with[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0), OSSL_PARAM_construct_end() };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *c = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

	if (c == NULL || EVP_MAC_CTX_set_params(c, with) != 1)
		log_die("OpenSSL has no HMAC");
	EVP_MAC_free(mac);
	return c;
}

struct context *context_get(void)
{
	static const char *const names[CONTEXT_DIGEST__N] = {
		[CONTEXT_SHA256] = "SHA256", [CONTEXT_SHA1] = "SHA1", [CONTEXT_MD5] = "MD5",
	};
	static _Thread_local struct context mine;

	if (mine.hmac != NULL)
		return &mine;
	make_ciphers(&mine);
	for (int i = 0; i < CONTEXT_DIGEST__N; i++)
		mine.digest[i] = make_digest(names[i]);
	mine.hmac = make_hmac();
	mine.random = random_pool_new();
	if (__cxa_thread_atexit_impl(release, &mine, &__dso_handle) != 0)
		log_die("out of memory");
	return &mine;
}

void context_hmac(struct str key, const struct str *parts, size_t n, uint8_t out[HMAC_SIZE])
{
	/* For OpenSSL a NULL key is the key of the time before. */
	const uint8_t *k = (const uint8_t *)(key.p != NULL ? key.p : "");
	EVP_MAC_CTX *c = context_get()->hmac;
	int good = EVP_MAC_init(c, k, key.n, NULL);
	size_t size;

	for (size_t i = 0; i < n && good == 1; i++)
		good = EVP_MAC_update(c, (const uint8_t *)parts[i].p, parts[i].n);
	if (good != 1 || EVP_MAC_final(c, out, &size, HMAC_SIZE) != 1)
		log_die("OpenSSL can't make an HMAC");
}
