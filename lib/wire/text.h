/*
 * text: what the writers of JSON, forms and XML share. Private to lib/wire.
 */
#ifndef GAVEL_WIRE_TEXT_H
#define GAVEL_WIRE_TEXT_H

#include "lib/base/str.h"
#include "lib/base/utf8.h"

/* U+FFFD, which stands for a byte that is no text. */
#define TEXT_REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the well-formed character that begins at s.p[0]; 0 when none does. */
static inline size_t text_char(struct str s)
{
	struct str rest = s;

	return utf8_next(&rest) >= 0 ? s.n - rest.n : 0;
}

#endif
