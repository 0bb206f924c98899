/* The nearest ASCII of Latin letters and common signs: what a buyer's old system can store of a name. */
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/utf8.h"

/* Characters of a run are written as `even` and `odd` by turns, counted from its first. NULL: as `even`. */
struct run {
	uint16_t first, last;
	const char *even, *odd;
};

static const struct run runs[] = {
	{ 0x00a0, 0x00a0, " ", NULL },
	{ 0x00a1, 0x00a1, "!", NULL },
	{ 0x00a2, 0x00a2, "c", NULL },
	{ 0x00a3, 0x00a3, "GBP", NULL },
	{ 0x00a5, 0x00a5, "JPY", NULL },
	{ 0x00a6, 0x00a6, "|", NULL },
	{ 0x00a9, 0x00a9, "(c)", NULL },
	{ 0x00aa, 0x00aa, "a", NULL },
	{ 0x00ab, 0x00ab, "\"", NULL },
	{ 0x00ae, 0x00ae, "(r)", NULL },
	{ 0x00b1, 0x00b1, "+-", NULL },
	{ 0x00b2, 0x00b3, "2", "3" },
	{ 0x00b4, 0x00b4, "'", NULL },
	{ 0x00b5, 0x00b5, "u", NULL },
	{ 0x00b7, 0x00b7, ".", NULL },
	{ 0x00b9, 0x00b9, "1", NULL },
	{ 0x00ba, 0x00ba, "o", NULL },
	{ 0x00bb, 0x00bb, "\"", NULL },
	{ 0x00bc, 0x00bd, "1/4", "1/2" },
	{ 0x00be, 0x00bf, "3/4", "?" },
	{ 0x00c0, 0x00c5, "A", NULL },
	{ 0x00c6, 0x00c7, "AE", "C" },
	{ 0x00c8, 0x00cb, "E", NULL },
	{ 0x00cc, 0x00cf, "I", NULL },
	{ 0x00d0, 0x00d1, "D", "N" },
	{ 0x00d2, 0x00d6, "O", NULL },
	{ 0x00d7, 0x00d8, "x", "O" },
	{ 0x00d9, 0x00dc, "U", NULL },
	{ 0x00dd, 0x00de, "Y", "TH" },
	{ 0x00df, 0x00df, "ss", NULL },
	{ 0x00e0, 0x00e5, "a", NULL },
	{ 0x00e6, 0x00e7, "ae", "c" },
	{ 0x00e8, 0x00eb, "e", NULL },
	{ 0x00ec, 0x00ef, "i", NULL },
	{ 0x00f0, 0x00f1, "d", "n" },
	{ 0x00f2, 0x00f6, "o", NULL },
	{ 0x00f7, 0x00f8, "/", "o" },
	{ 0x00f9, 0x00fc, "u", NULL },
	{ 0x00fd, 0x00fe, "y", "th" },
	{ 0x00ff, 0x00ff, "y", NULL },
	{ 0x0100, 0x0105, "A", "a" },
	{ 0x0106, 0x010d, "C", "c" },
	{ 0x010e, 0x0111, "D", "d" },
	{ 0x0112, 0x011b, "E", "e" },
	{ 0x011c, 0x0123, "G", "g" },
	{ 0x0124, 0x0127, "H", "h" },
	{ 0x0128, 0x0131, "I", "i" },
	{ 0x0132, 0x0133, "IJ", "ij" },
	{ 0x0134, 0x0135, "J", "j" },
	{ 0x0136, 0x0137, "K", "k" },
	{ 0x0138, 0x0138, "k", NULL },
	{ 0x0139, 0x0142, "L", "l" },
	{ 0x0143, 0x0148, "N", "n" },
	{ 0x0149, 0x0149, "'n", NULL },
	{ 0x014a, 0x014b, "N", "n" },
	{ 0x014c, 0x0151, "O", "o" },
	{ 0x0152, 0x0153, "OE", "oe" },
	{ 0x0154, 0x0159, "R", "r" },
	{ 0x015a, 0x0161, "S", "s" },
	{ 0x0162, 0x0167, "T", "t" },
	{ 0x0168, 0x0173, "U", "u" },
	{ 0x0174, 0x0175, "W", "w" },
	{ 0x0176, 0x0177, "Y", "y" },
	{ 0x0178, 0x0178, "Y", NULL },
	{ 0x0179, 0x017e, "Z", "z" },
	{ 0x017f, 0x017f, "s", NULL },
	{ 0x0192, 0x0192, "f", NULL },
	{ 0x01a0, 0x01a1, "O", "o" },
	{ 0x01af, 0x01b0, "U", "u" },
	{ 0x01cd, 0x01ce, "A", "a" },
	{ 0x01cf, 0x01d0, "I", "i" },
	{ 0x01d1, 0x01d2, "O", "o" },
	{ 0x01d3, 0x01dc, "U", "u" },
	{ 0x01e6, 0x01e7, "G", "g" },
	{ 0x01f8, 0x01f9, "N", "n" },
	{ 0x0218, 0x0219, "S", "s" },
	{ 0x021a, 0x021b, "T", "t" },
	{ 0x02bb, 0x02bd, "'", NULL },
	{ 0x1e80, 0x1e85, "W", "w" },
	{ 0x1e9e, 0x1e9e, "SS", NULL },
	{ 0x1ea0, 0x1eb7, "A", "a" },
	{ 0x1eb8, 0x1ec7, "E", "e" },
	{ 0x1ec8, 0x1ecb, "I", "i" },
	{ 0x1ecc, 0x1ee3, "O", "o" },
	{ 0x1ee4, 0x1ef1, "U", "u" },
	{ 0x1ef2, 0x1ef9, "Y", "y" },
	{ 0x2000, 0x200a, " ", NULL },
	{ 0x2010, 0x2015, "-", NULL },
	{ 0x2018, 0x201b, "'", NULL },
	{ 0x201c, 0x201f, "\"", NULL },
	{ 0x2022, 0x2022, "*", NULL },
	{ 0x2024, 0x2024, ".", NULL },
	{ 0x2025, 0x2025, "..", NULL },
	{ 0x2026, 0x2026, "...", NULL },
	{ 0x2028, 0x2029, " ", NULL },
	{ 0x202f, 0x202f, " ", NULL },
	{ 0x2032, 0x2033, "'", "\"" },
	{ 0x2039, 0x203a, "'", NULL },
	{ 0x2044, 0x2044, "/", NULL },
	{ 0x205f, 0x205f, " ", NULL },
	{ 0x20ac, 0x20ac, "EUR", NULL },
	{ 0x2116, 0x2116, "No", NULL },
	{ 0x2122, 0x2122, "TM", NULL },
	{ 0x2212, 0x2212, "-", NULL },
	{ 0x3000, 0x3000, " ", NULL },
	{ 0xfb00, 0xfb00, "ff", NULL },
	{ 0xfb01, 0xfb02, "fi", "fl" },
	{ 0xfb03, 0xfb04, "ffi", "ffl" },
};

/* Full-width forms are ASCII laid out in the same order, far away. */
enum { WIDE_FIRST = 0xff01, WIDE_LAST = 0xff5e, WIDE_TO_ASCII = WIDE_FIRST - '!' };

static const char *text_of(int32_t cp)
{
	size_t low = 0, high = sizeof(runs) / sizeof(runs[0]);

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct run *r = &runs[middle];

		if (cp < r->first)
			high = middle;
		else if (cp > r->last)
			low = middle + 1;
		else
			return r->odd != NULL && (cp - r->first) % 2 == 1 ? r->odd : r->even;
	}
	return "";
}

struct str utf8_ascii(struct arena *a, struct str s)
{
	struct buf b;
	int32_t cp;

	buf_in(&b, a, s.n * 2); /* two bytes become three letters at the most */
	while ((cp = utf8_next(&s)) >= 0) {
		if (cp < 0x80)
			buf_add_char(&b, (char)cp);
		else if (cp >= WIDE_FIRST && cp <= WIDE_LAST)
			buf_add_char(&b, (char)(cp - WIDE_TO_ASCII));
		else
			buf_add_cstr(&b, text_of(cp));
	}
	return buf_str(&b);
}
