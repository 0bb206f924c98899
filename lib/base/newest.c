#include "lib/base/newest.h"

#include <stdatomic.h>

void held_init(struct held *h, struct arena *a)
{
	h->arena = a;
	atomic_init(&h->refs, 1);
}

void held_give(struct held *h)
{
	struct arena *a;

	if (h == NULL || atomic_fetch_sub_explicit(&h->refs, 1, memory_order_acq_rel) != 1)
		return;
	a = h->arena;
	arena_free(&a);
}

void newest_init(struct newest *n)
{
	pthread_mutex_init(&n->lock, NULL);
	n->now = NULL;
}

void newest_end(struct newest *n)
{
	held_give(n->now);
	n->now = NULL;
	pthread_mutex_destroy(&n->lock);
}

struct held *newest_take(struct newest *n)
{
	struct held *h;

	pthread_mutex_lock(&n->lock);
	h = n->now;
	if (h != NULL)
		atomic_fetch_add_explicit(&h->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&n->lock);
	return h;
}

void newest_put(struct newest *n, struct held *h)
{
	struct held *before;

	if (h == NULL)
		return;
	pthread_mutex_lock(&n->lock);
	before = n->now;
	n->now = h;
	pthread_mutex_unlock(&n->lock);
	held_give(before);
}
