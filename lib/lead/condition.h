/*
 * condition: the one grammar of filters, required_if, scoring and reply rules (configuration.md, "Conditions").
 *
 * A leaf is { SOURCE..., op, value }. What SOURCE is (a lead's field, a reply's selector) is its user's business: the user gives a
 * compiler for leaves and, when evaluating, a way to fetch the value. Compiled conditions are immutable and shared by threads.
 */
#ifndef GAVEL_LEAD_CONDITION_H
#define GAVEL_LEAD_CONDITION_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/fault.h"
#include "lib/base/map.h"
#include "lib/base/value.h"

enum op {
	OP_EQ, OP_NE, OP_IN, OP_NOT_IN, OP_LT, OP_LE, OP_GT, OP_GE, OP_BETWEEN, OP_EXISTS, OP_MISSING, OP_PREFIX, OP_CONTAINS,
	OP_MATCHES, OP_IN_LIST, OP__N
};

/*
 * CONDITION_DEPTH: groups within groups. "any" of no conditions is a fault (it could never hold); "all" of none always holds. The
 * `value` of in and not_in has at least one entry; that of lt le gt ge between is a number or a text that is one; exists and
 * missing take none. contains looks for a part of a text, or for an entry of a list of texts.
 */
enum { CONDITION_DEPTH = 8, CONDITION_LEAVES = 256 };

struct condition;

/* How a user's leaves are compiled. `leaf` is the whole leaf object; members other than op and value are the source's. */
struct condition_env {
	void *ctx;
	/* 0 and *source_out set, or -1 with a fault added at `at` (a member of it). */
	int (*source)(void *ctx, struct arena *a, const struct value *leaf, const struct path *at, struct faults *f,
	    const void **source_out);
	const struct map *lists; /* name -> struct map * of texts (text -> any non-NULL), for in_list; NULL: in_list is a fault */
};

/* Compiles { leaf } | { "all": [..] } | { "any": [..] } | { "not": .. }. Every fault is added; -1 when there was one. */
int condition_compile(struct arena *a, const struct value *doc, const struct path *at, const struct condition_env *env,
    struct faults *f, const struct condition **out);

/* The value of a source now; NULL, or a value of type null, when it is absent. */
typedef const struct value *(*condition_fetch)(void *ctx, const void *source);

/* Allocates nothing. */
bool condition_holds(const struct condition *c, condition_fetch fetch, void *ctx);
/* Calls fn for each leaf's source (to learn which fields a filter reads, or whether a rule tests the status). */
void condition_each_source(const struct condition *c, void (*fn)(void *ctx, const void *source), void *ctx);

#endif
