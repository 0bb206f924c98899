/*
 * render: what a rendering carries along. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_RENDER_H
#define GAVEL_TMPL_RENDER_H

#include "lib/tmpl/tmpl.h"

/* The entry that a section or an $each is at. */
struct frame {
	const struct frame *up;
	const struct value *item;
	size_t index; /* from 1 */
};

struct render {
	struct arena *arena;
	const struct tmpl_scope *scope;
	const struct frame *frame; /* innermost; NULL outside */
	struct buf *out;
	const char *refused;       /* why a value may not go where it stands; NULL: it may */
	size_t steps;              /* holes and entries so far: loops in loops end */
};

/* Counts one; false when there were too many. */
static inline bool render_step(struct render *r)
{
	return ++r->steps <= TMPL_STEPS_MAX;
}

#endif
