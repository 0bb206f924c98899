#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/net/call.h"
#include "lib/net/due.h"

static void put(struct due *d, size_t at, struct call *c)
{
	d->list[at] = c;
	c->due_at = at;
}

static void rise(struct due *d, size_t at, struct call *c)
{
	for (; at > 1 && d->list[at / 2]->due_us > c->due_us; at /= 2)
		put(d, at, d->list[at / 2]);
	put(d, at, c);
}

static void sink(struct due *d, size_t at, struct call *c)
{
	for (size_t below; (below = at * 2) <= d->n; at = below) {
		if (below < d->n && d->list[below + 1]->due_us < d->list[below]->due_us)
			below++;
		if (d->list[below]->due_us >= c->due_us)
			break;
		put(d, at, d->list[below]);
	}
	put(d, at, c);
}

void due_add(struct due *d, struct call *c)
{
	if (d->n + 1 >= d->cap) {
		d->cap = d->cap > 0 ? d->cap * 2 : 256;
		d->list = realloc(d->list, d->cap * sizeof(d->list[0]));
		if (d->list == NULL)
			log_die("out of memory");
	}
	d->n++;
	rise(d, d->n, c);
}

void due_remove(struct due *d, struct call *c)
{
	struct call *last;
	size_t at = c->due_at;

	if (at == 0)
		return;
	c->due_at = 0;
	last = d->list[d->n--];
	if (last == c)
		return;
	if (at > 1 && d->list[at / 2]->due_us > last->due_us)
		rise(d, at, last);
	else
		sink(d, at, last);
}

struct call *due_first(const struct due *d)
{
	return d->n > 0 ? d->list[1] : NULL;
}

void due_free(struct due *d)
{
	free(d->list);
	*d = (struct due){ 0 };
}
