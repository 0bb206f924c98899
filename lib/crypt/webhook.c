#include "lib/crypt/context.h"
#include "lib/crypt/crypt.h"
#include "lib/crypt/encode.h"

enum { KEY_MIN = 24, KEY_MAX = 64, KEY_NEW = 33, SECRET_MAX = ENCODE_BASE64(KEY_MAX), SIGNATURE_SIZE = 3 + ENCODE_BASE64(SHA256_SIZE), SIGNATURES_MAX = 4096 };

static const struct str prefix = STR_INIT("whsec_");

/* Operators paste a secret into shells and, as a token, into addresses: drawn again until nothing in it means anything there. */
struct str webhook_secret_make(struct arena *a)
{
	char bytes[KEY_NEW], text[ENCODE_BASE64(KEY_NEW)];
	size_t n;

	do {
		crypt_random(bytes, sizeof(bytes));
		n = encode_base64((struct str){ bytes, sizeof(bytes) }, text);
	} while (memchr(text, '+', n) != NULL || memchr(text, '/', n) != NULL);
	crypt_wipe(bytes, sizeof(bytes));
	return arena_printf(a, "%.*s%.*s", STR_ARG(prefix), (int)n, text);
}

struct key {
	char bytes[ENCODE_BYTES(SECRET_MAX)];
	size_t n;
};

static bool key_of(struct str secret, struct key *out)
{
	struct str text = { secret.p + prefix.n, secret.n - prefix.n };

	if (!str_starts(secret, prefix) || text.n > SECRET_MAX || !encode_unbase64(text, out->bytes, &out->n))
		return false;
	return out->n >= KEY_MIN && out->n <= KEY_MAX;
}

/* With a dot in it an id and its timestamp could be read as another pair. */
static bool signable(struct str id)
{
	return id.n > 0 && id.n <= WEBHOOK_ID_MAX && memchr(id.p, '.', id.n) == NULL;
}

static struct str sign(struct key *key, struct str id, struct str timestamp, struct str body, char out[SIGNATURE_SIZE])
{
	const struct str parts[] = { id, STR("."), timestamp, STR("."), body };
	uint8_t mac[SHA256_SIZE];

	context_hmac((struct str){ key->bytes, key->n }, parts, sizeof(parts) / sizeof(parts[0]), mac);
	crypt_wipe(key, sizeof(*key));
	memcpy(out, "v1,", 3);
	return (struct str){ out, 3 + encode_base64((struct str){ (const char *)mac, sizeof(mac) }, out + 3) };
}

int webhook_sign(struct arena *a, struct str secret, struct str id, int64_t timestamp_s, struct str body, struct str *out, struct err *e)
{
	char text[SIGNATURE_SIZE];
	struct key key;

	if (!key_of(secret, &key))
		return err_set(e, ERR_INVALID, "a signing secret is whsec_ and base64 of %d to %d bytes", KEY_MIN, KEY_MAX);
	if (!signable(id))
		return err_set(e, ERR_INVALID, "a webhook's id is 1 to %d bytes without a dot", WEBHOOK_ID_MAX);
	*out = arena_str(a, sign(&key, id, arena_printf(a, "%lld", (long long)timestamp_s), body, text));
	return 0;
}

enum webhook_check webhook_verify(struct str secret, struct str id, struct str timestamp, struct str signatures, struct str body,
    int64_t now_s, int tolerance_s)
{
	bool good = false, any = false;
	char text[SIGNATURE_SIZE];
	struct str want, one;
	struct key key;
	int64_t at;

	if (!signable(id) || !str_to_i64(timestamp, &at) || at < 0 || signatures.n > SIGNATURES_MAX || !key_of(secret, &key))
		return WEBHOOK_MALFORMED;
	want = sign(&key, id, timestamp, body, text);
	while (str_split(&signatures, ' ', &one)) {
		any |= str_starts(one, STR("v1,"));
		good |= crypt_same(one, want);
	}
	if (!any)
		return WEBHOOK_MALFORMED;
	if (!good)
		return WEBHOOK_FORGED;
	return at < now_s - tolerance_s || at > now_s + tolerance_s ? WEBHOOK_STALE : WEBHOOK_GOOD;
}
