#include "lib/crypt/encode.h"

#include "lib/crypt/crypt.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str crypt_hex(struct arena *a, struct str bytes)
{
	char *out = arena_array(a, bytes.n + 1, 2);

	for (size_t i = 0; i < bytes.n; i++) {
		out[2 * i] = hex_digits[(uint8_t)bytes.p[i] >> 4];
		out[2 * i + 1] = hex_digits[(uint8_t)bytes.p[i] & 15];
	}
	return (struct str){ out, bytes.n * 2 };
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool encode_unhex(struct str text, char *out)
{
	if (text.n % 2 != 0)
		return false;
	for (size_t i = 0; i < text.n / 2; i++) {
		int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (char)(high << 4 | low);
	}
	return true;
}

bool crypt_unhex(struct arena *a, struct str hex, struct str *out)
{
	char *bytes = arena_alloc(a, hex.n / 2 + 1);

	*out = (struct str){ bytes, hex.n / 2 };
	return encode_unhex(hex, bytes);
}

size_t encode_base64(struct str bytes, char *out)
{
	char *p = out;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t v = (uint32_t)(uint8_t)bytes.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)(uint8_t)bytes.p[i + 1] << 8;
		if (left > 2)
			v |= (uint8_t)bytes.p[i + 2];
		*p++ = base64_digits[v >> 18];
		*p++ = base64_digits[v >> 12 & 63];
		*p++ = left > 1 ? base64_digits[v >> 6 & 63] : '=';
		*p++ = left > 2 ? base64_digits[v & 63] : '=';
	}
	return (size_t)(p - out);
}

struct str crypt_base64(struct arena *a, struct str bytes)
{
	char *out = arena_array(a, bytes.n / 3 + 2, 4);

	return (struct str){ out, encode_base64(bytes, out) };
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* One spelling for each run of bytes: whole groups of four, padding at the end alone, no bits left over. */
bool encode_unbase64(struct str text, char *out, size_t *n_out)
{
	size_t pad = 0, n = 0;
	uint32_t v = 0;

	if (text.n % 4 != 0)
		return false;
	while (pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < text.n - pad; i++) {
		int digit = base64_value(text.p[i]);

		if (digit < 0)
			return false;
		v = v << 6 | (uint32_t)digit;
		if (i % 4 != 0)
			out[n++] = (char)(v >> (6 - i % 4 * 2) & 255);
	}
	if (pad > 0 && (v & (pad == 1 ? 3 : 15)) != 0)
		return false;
	*n_out = n;
	return true;
}

bool crypt_unbase64(struct arena *a, struct str text, struct str *out)
{
	char *bytes = arena_alloc(a, ENCODE_BYTES(text.n) + 1);

	out->p = bytes;
	return encode_unbase64(text, bytes, &out->n);
}
