#include <limits.h>

#include "lib/base/log.h"
#include "lib/crypt/context.h"
#include "lib/crypt/crypt.h"

enum { SEAL_VERSION = 1, NONCE = 12, TAG = 16 };

_Static_assert(SEAL_OVERHEAD == 1 + NONCE + TAG, "the layout of a sealed value");

/* For OpenSSL a NULL input is the end of the data. */
static const uint8_t *bytes_of(struct str s)
{
	return (const uint8_t *)(s.p != NULL ? s.p : "");
}

struct str crypt_seal(struct arena *a, const uint8_t key[SEAL_KEY_SIZE], struct str aad, struct str plain)
{
	EVP_CIPHER_CTX *c = context_get()->seal;
	uint8_t *out, *nonce, *body;
	int n, end;

	if (plain.n > INT_MAX - SEAL_OVERHEAD || aad.n > INT_MAX)
		log_die("a value too large to seal");
	out = arena_alloc(a, plain.n + SEAL_OVERHEAD);
	nonce = out + 1;
	body = nonce + NONCE;
	out[0] = SEAL_VERSION;
	crypt_random(nonce, NONCE);
	if (EVP_EncryptInit_ex2(c, NULL, key, nonce, NULL) != 1 ||
	    EVP_EncryptUpdate(c, NULL, &n, bytes_of(aad), (int)aad.n) != 1 ||
	    EVP_EncryptUpdate(c, body, &n, bytes_of(plain), (int)plain.n) != 1 ||
	    EVP_EncryptFinal_ex(c, body + n, &end) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, body + plain.n) != 1)
		log_die("OpenSSL can't seal");
	return (struct str){ (const char *)out, plain.n + SEAL_OVERHEAD };
}

int crypt_unseal(struct arena *a, const uint8_t key[SEAL_KEY_SIZE], struct str aad, struct str sealed, struct str *out, struct err *e)
{
	EVP_CIPHER_CTX *c = context_get()->unseal;
	const uint8_t *in = (const uint8_t *)sealed.p, *body;
	uint8_t tag[TAG], *plain;
	size_t size;
	int n, end;

	if (sealed.n < SEAL_OVERHEAD || sealed.n > INT_MAX || aad.n > INT_MAX || in[0] != SEAL_VERSION)
		goto unsealable;
	body = in + 1 + NONCE;
	size = sealed.n - SEAL_OVERHEAD;
	memcpy(tag, body + size, TAG);
	plain = arena_alloc(a, size + 1);
	if (EVP_DecryptInit_ex2(c, NULL, key, in + 1, NULL) == 1 &&
	    EVP_DecryptUpdate(c, NULL, &n, bytes_of(aad), (int)aad.n) == 1 &&
	    EVP_DecryptUpdate(c, plain, &n, body, (int)size) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 && EVP_DecryptFinal_ex(c, plain + n, &end) == 1) {
		*out = (struct str){ (const char *)plain, size };
		return 0;
	}
	/* What was decrypted before the tag said no is nobody's to read. */
	crypt_wipe(plain, size);
unsealable:
	err_set(e, ERR_INTERNAL, "a sealed value can't be opened: another key, another place, or changed bytes");
	if (e != NULL)
		e->code = "unsealable";
	return -1;
}
