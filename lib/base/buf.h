/*
 * buf: a growing run of bytes with a ceiling. Past the ceiling, adding fails and the buffer is marked: no peer can fill our memory.
 *
 * A buf is on the heap (buf_init .. buf_free) or in an arena (buf_in: nobody frees it). The bytes always have a NUL behind them.
 */
#ifndef GAVEL_BASE_BUF_H
#define GAVEL_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/str.h"

struct arena;

struct buf {
	char *p;
	size_t n, cap, limit;
	bool overflow;       /* something did not fit; later adds fail too */
	struct arena *arena; /* NULL: heap */
};

void buf_init(struct buf *b, size_t limit);
void buf_in(struct buf *b, struct arena *a, size_t limit);
/* Releases a heap buf; an arena's is left to the arena. */
void buf_free(struct buf *b);
/* Empties it; keeps its memory and clears the overflow mark. */
void buf_clear(struct buf *b);

/* 0, or -1 when it does not fit: then nothing of it is added and the mark is set. */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_add_str(struct buf *b, struct str s);
int buf_add_cstr(struct buf *b, const char *s);
int buf_add_char(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The bytes of a file; -1 also when it can't be read. */
int buf_add_file(struct buf *b, const char *path);

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p != NULL ? b->p : "", b->n };
}

#endif
