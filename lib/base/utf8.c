#include "lib/base/arena.h"
#include "lib/base/utf8.h"

/* The least code point that needs as many bytes: less is an overlong form. */
static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

int32_t utf8_next(struct str *s)
{
	unsigned char first;
	size_t n;
	int32_t cp;

	if (s->n == 0)
		return -1;
	first = (unsigned char)s->p[0];
	n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
	if (n == 0 || n > s->n)
		return -1;
	cp = n == 1 ? first : first & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s->p[i] & 0xc0) != 0x80)
			return -1;
		cp = cp << 6 | (s->p[i] & 0x3f);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return -1;
	s->p += n;
	s->n -= n;
	return cp;
}
