/*
 * utf8: well-formed text and what little Unicode the exchange needs.
 */
#ifndef GAVEL_BASE_UTF8_H
#define GAVEL_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/str.h"

struct arena;

/* Well-formed (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF. */
bool utf8_valid(struct str s);
/* Characters (code points) in valid text. */
size_t utf8_count(struct str s);
/* The part of valid text from character `start`, `count` characters at the most. */
struct str utf8_slice(struct str s, size_t start, size_t count);
/* Bad bytes become U+FFFD; valid text is returned as it is. */
struct str utf8_repair(struct arena *a, struct str s);
/* Next code point, moving *s past it; -1, and *s stays where it is, at the end and before ill-formed bytes. */
int32_t utf8_next(struct str *s);
/* Writes one code point as UTF-8; the length, 1 to 4. */
size_t utf8_encode(uint32_t cp, char out[4]);
/* Upper, lower and title case by simple one-to-one mapping (towupper of the C.UTF-8 locale). */
struct str utf8_upper(struct arena *a, struct str s);
struct str utf8_lower(struct arena *a, struct str s);
struct str utf8_title(struct arena *a, struct str s);
/* Of one code point. */
int32_t utf8_lower_one(int32_t cp);
/* The nearest ASCII: accents off, ss for sharp s, straight quotes and dashes; what has none is dropped. */
struct str utf8_ascii(struct arena *a, struct str s);
/* A domain in A-label form, lower case (IDNA 2008, libidn2); false when it is no domain of at least two labels. */
bool utf8_domain(struct arena *a, struct str domain, struct str *out);

#endif
