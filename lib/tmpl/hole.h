/*
 * hole: {{path | filter | ...}}, compiled. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_HOLE_H
#define GAVEL_TMPL_HOLE_H

#include "lib/tmpl/filter.h"

struct hole {
	struct ref ref;
	struct call *calls;
	size_t n_calls;
	struct str mask;  /* what stands for it where secrets are masked: {{secret.NAME}}; empty: it touches none */
};

/* What stands between the braces. */
int hole_compile(struct compiler *c, struct str text, const struct hole **out);
/* The value, or NULL: absent. Look at r->refused behind it. */
const struct value *hole_value(struct render *r, const struct hole *h);
/* Whether its mask stands for it in this rendering. */
bool hole_is_masked(const struct render *r, const struct hole *h);

#endif
