/*
 * str: a borrowed run of bytes. It owns nothing and need not end in NUL; whoever lends it keeps it alive.
 */
#ifndef GAVEL_BASE_STR_H
#define GAVEL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_INIT(literal) \
	{ \
		(literal), sizeof(literal) - 1 \
	}
/* For printf: printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *cstr)
{
	return (struct str){ cstr, cstr != NULL ? strlen(cstr) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *cstr)
{
	return str_eq(a, str_of(cstr));
}

/* Bytewise order, shorter first: for sorting keys into a stable order. */
int str_cmp(struct str a, struct str b);
/* ASCII letters compare without regard to case. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_contains(struct str s, struct str needle);
/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);
/* Takes what stands before the next sep off *rest; false when *rest is spent. "a,,b" gives "a", "", "b"; "" gives one "". */
bool str_split(struct str *rest, char sep, struct str *part);
/* A whole decimal integer, optional '-', nothing else; false if it is not one or does not fit. */
bool str_to_i64(struct str s, int64_t *out);
/* 64-bit hash for maps, bulkheads and slots (FNV-1a; not for secrets). */
uint64_t str_hash(struct str s);

#endif
