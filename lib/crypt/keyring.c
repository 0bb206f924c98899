#include <stdio.h>

#include "lib/crypt/crypt.h"
#include "lib/crypt/encode.h"

enum { KEY = 32 };

/* HKDF (RFC 5869) with SHA-256 and no salt; one block is all a key needs. */
static void derive(const uint8_t prk[SHA256_SIZE], const char *label, uint8_t out[32])
{
	char info[16];
	int n = snprintf(info, sizeof(info), "%s%c", label, 1);

	crypt_hmac_sha256((struct str){ (const char *)prk, SHA256_SIZE }, (struct str){ info, (size_t)n }, out);
}

static bool decode(struct str text, char key[KEY])
{
	size_t n = KEY;

	if (text.n == 2 * KEY)
		return encode_unhex(text, key);
	return text.n == ENCODE_BASE64(KEY) && encode_unbase64(text, key, &n) && n == KEY;
}

int keyring_load(struct str master_text, struct keyring *out, struct err *e)
{
	static const char no_salt[SHA256_SIZE];
	struct str text = str_trim(master_text);
	uint8_t prk[SHA256_SIZE];
	char key[ENCODE_BYTES(ENCODE_BASE64(KEY))];

	if (text.n == 0)
		return err_set(e, ERR_CONFIG, "there is no master key: [keys] master_key_file names the file that holds it");
	if (!decode(text, key))
		return err_set(e, ERR_CONFIG, "the master key is to be 32 bytes as 64 hex digits or as base64");
	crypt_hmac_sha256((struct str){ no_salt, sizeof(no_salt) }, (struct str){ key, KEY }, prk);
	derive(prk, "wrap", out->master);
	derive(prk, "index", out->index);
	derive(prk, "pepper", out->pepper);
	crypt_wipe(prk, sizeof(prk));
	crypt_wipe(key, sizeof(key));
	return 0;
}

void crypt_blind(const struct keyring *k, const char *kind, struct str digest_hex, uint8_t out[SHA256_SIZE])
{
	char text[128];
	int n = snprintf(text, sizeof(text), "%s:%.*s", kind, STR_ARG(digest_hex));

	crypt_hmac_sha256((struct str){ (const char *)k->index, sizeof(k->index) }, (struct str){ text, (size_t)n }, out);
}
