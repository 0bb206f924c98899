/*
 * pattern: PCRE2 with limits on matching, depth and heap, so that no pattern can be made to eat the worker. A compiled pattern is
 * immutable and may be used by any thread.
 */
#ifndef GAVEL_BASE_PATTERN_H
#define GAVEL_BASE_PATTERN_H

#include <stdbool.h>

#include "lib/base/str.h"

struct arena;
struct err;
struct pattern;

enum { PATTERN_MAX = 1000 }; /* bytes of source */

/* Compiles into the arena (freed with it). UTF-8 unless bytes is true. On failure e says what and at which offset. */
int pattern_compile(struct arena *a, struct str source, bool bytes, const struct pattern **out, struct err *e);
/* Matches anywhere. *group_out (may be NULL) is the first group, or the whole match when it has none. A limit hit is no match. */
bool pattern_match(const struct pattern *p, struct str subject, struct str *group_out);

#endif
