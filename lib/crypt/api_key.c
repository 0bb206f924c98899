#include "lib/crypt/crypt.h"

static const char live[] = "gvk_live_", test[] = "gvk_test_";
static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

enum { HEAD = sizeof(live) - 1, ID = 8, SECRET = 43, CHECK = 6, SIGNED = HEAD + ID + 1 + SECRET, LENGTH = SIGNED + CHECK, BASE = 62 };

/* CRC-32 (ISO-HDLC), four bits at a time. */
static uint32_t crc32(const char *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint8_t)p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static void check_print(const char *text, char out[CHECK])
{
	uint32_t crc = crc32(text, SIGNED);

	for (int i = CHECK - 1; i >= 0; i--, crc /= BASE)
		out[i] = digits[crc % BASE];
}

/* Bytes from the largest multiple of 62 on are thrown away, so that every digit is equally likely. */
static void random_digits(char *out, size_t n)
{
	uint8_t bytes[64];
	size_t have = 0;

	while (n > 0) {
		if (have == 0)
			crypt_random(bytes, have = sizeof(bytes));
		if (bytes[--have] < 256 / BASE * BASE) {
			*out++ = digits[bytes[have] % BASE];
			n--;
		}
	}
	crypt_wipe(bytes, sizeof(bytes));
}

void api_key_make(struct arena *a, bool sandbox, struct api_key_text *out)
{
	char *text = arena_alloc(a, LENGTH + 1);

	memcpy(text, sandbox ? test : live, HEAD);
	random_digits(text + HEAD, ID);
	text[HEAD + ID] = '_';
	random_digits(text + HEAD + ID + 1, SECRET);
	check_print(text, text + SIGNED);
	*out = (struct api_key_text){ { text, LENGTH }, { text + HEAD, ID }, sandbox };
}

static bool is_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool api_key_parse(struct str text, struct str *id_out, bool *sandbox_out)
{
	bool sandbox = str_starts(text, (struct str){ test, HEAD });
	char check[CHECK];

	if (text.n != LENGTH || (!sandbox && !str_starts(text, (struct str){ live, HEAD })) || text.p[HEAD + ID] != '_')
		return false;
	for (size_t i = HEAD; i < SIGNED; i++)
		if (i != HEAD + ID && !is_digit(text.p[i]))
			return false;
	check_print(text.p, check);
	if (memcmp(check, text.p + SIGNED, CHECK) != 0)
		return false;
	*id_out = (struct str){ text.p + HEAD, ID };
	*sandbox_out = sandbox;
	return true;
}

void api_key_hash(const struct keyring *k, struct str text, uint8_t out[SHA256_SIZE])
{
	crypt_hmac_sha256((struct str){ (const char *)k->pepper, sizeof(k->pepper) }, text, out);
}
