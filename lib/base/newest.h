/*
 * newest: what one thread reads anew from time to time, and many requests hold meanwhile. Each reading is immutable, lives on an arena of its
 * own, and goes with the last who holds it.
 *
 *	struct reading { struct held held; … };           the first member
 *	newest_put(&n, &r->held);                          the reader: in the place of the one before
 *	r = (struct reading *)newest_take(&n); … held_give(&r->held);
 */
#ifndef GAVEL_BASE_NEWEST_H
#define GAVEL_BASE_NEWEST_H

#include <pthread.h>

#include "lib/base/arena.h"

struct held {
	struct arena *arena;  /* holds the reading too: what it owns elsewhere is deferred on it */
	_Atomic int refs;
};

struct newest {
	pthread_mutex_t lock;
	struct held *now;     /* NULL: there is none yet */
};

/* A reading on that arena, held once. */
void held_init(struct held *h, struct arena *a);
/* h may be NULL. */
void held_give(struct held *h);

void newest_init(struct newest *n);
/* Nobody takes any more: the newest is given back. */
void newest_end(struct newest *n);
/* The newest, held once more; NULL: there is none. */
struct held *newest_take(struct newest *n);
/* h, held once, is the newest from now on; NULL is passed over. */
void newest_put(struct newest *n, struct held *h);

#endif
