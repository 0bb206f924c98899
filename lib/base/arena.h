/*
 * arena: memory that lives as long as one request (or one loop turn), and is wiped when it ends, since it held personal data.
 *
 * A `struct arena *` argument means that the result lives there and nobody frees it. Allocation never returns NULL: past the
 * arena's limit, or out of memory, the process logs and aborts; inputs are bounded at the door, so honest code never gets there.
 */
#ifndef GAVEL_BASE_ARENA_H
#define GAVEL_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/str.h"

struct arena;

struct arena_mark {
	void *block;
	size_t used;
	void *defers;
};

/* A heap-owned arena; limit is the most bytes it may hold at once. Free with arena_free. */
struct arena *arena_new(size_t limit);
/* Runs what was deferred, wipes and releases everything, and sets *ap to NULL. */
void arena_free(struct arena **ap);
/* Runs what was deferred (last first), wipes what was used and keeps some memory for the next request. */
void arena_reset(struct arena *a);

/* n bytes, zeroed, aligned for any type. n = 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t n);
/* n * size bytes, zeroed; an overflow aborts. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* A copy of n bytes with a NUL behind it. */
char *arena_copy(struct arena *a, const void *p, size_t n);
/* A copy of s with a NUL behind it (not counted). */
struct str arena_str(struct arena *a, struct str s);
struct str arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The NUL-terminated text of s: s.p itself is never assumed to be terminated. */
const char *arena_cstr(struct arena *a, struct str s);

/* Calls fn(p) when the arena is reset, freed, or released to an earlier mark. Ties foreign handles (json_t, result sets) to us. */
void arena_defer(struct arena *a, void (*fn)(void *), void *p);

/* A loop turn: what was allocated after the mark is wiped and given back. */
struct arena_mark arena_mark(struct arena *a);
void arena_release(struct arena *a, struct arena_mark m);

/* Lets the newest piece, p of `from` bytes, grow to `to` where it stands; the new bytes are zero. False when it can't: copy it. */
bool arena_extend(struct arena *a, const void *p, size_t from, size_t to);

/* Bytes in use now, for tests and limits. */
size_t arena_used(const struct arena *a);

#define arena_new_of(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array_of(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

#endif
