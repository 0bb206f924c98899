/*
 * due: the calls by the end of their time, soonest first: a binary heap in which each call knows its place.
 */
#ifndef GAVEL_NET_DUE_H
#define GAVEL_NET_DUE_H

#include <stddef.h>

struct call;

struct due {
	struct call **list; /* from 1 */
	size_t n, cap;
};

void due_add(struct due *d, struct call *c);
void due_remove(struct due *d, struct call *c);
/* The soonest, or NULL. */
struct call *due_first(const struct due *d);
void due_free(struct due *d);

#endif
