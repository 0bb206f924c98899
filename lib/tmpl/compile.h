/*
 * compile: what the parts of a template are compiled with. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_COMPILE_H
#define GAVEL_TMPL_COMPILE_H

#include "lib/base/utf8.h"
#include "lib/tmpl/tmpl.h"

/* A section or an $each around the place that is compiled. */
struct loop {
	const struct loop *up;
	struct str path;   /* full, of what it goes through */
	struct str asked;  /* the same with a 0 for each entry */
	bool list;         /* it is known to be a list: its item hides the outer ones */
};

struct compiler {
	struct arena *arena;
	enum tmpl_kind kind;
	const struct tmpl_env *env;
	struct faults *faults;
	const struct path *at;    /* the place in the document */
	const struct loop *loop;  /* innermost; NULL outside */
	struct str *paths;        /* what is named, for tmpl_each_path */
	size_t n_paths, cap_paths;
	int bad;                  /* 0, or -1 once there was a fault */
};

#define compile_fault(c, ...) ((c)->bad = fault_add((c)->faults, (c)->at, "invalid_field", __VA_ARGS__))

/* So much of a text as a message may show. */
static inline struct str compile_shown(struct str s)
{
	return utf8_slice(s, 0, 40);
}

/* An array in the arena with room for one more: for what grows while it is compiled. */
static inline void *compile_room(struct arena *a, void *list, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return list;
	*cap = *cap > 0 ? 2 * *cap : 8;
	more = arena_array(a, *cap, size);
	if (n > 0)
		memcpy(more, list, n * size);
	return more;
}

#endif
