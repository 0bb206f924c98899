/*
 * program: a text template as a row of operations. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_PROGRAM_H
#define GAVEL_TMPL_PROGRAM_H

#include "lib/tmpl/hole.h"
#include "lib/tmpl/place.h"

enum op_kind {
	OP_TEXT,
	OP_HOLE,
	OP_SECTION,  /* what follows up to `end`, for each entry */
	OP_UNLESS,   /* what follows up to `end`, when the section would not show */
	OP_OPTION    /* what follows up to `end` is left out when all holes from `from` to `end` are absent; end 0: it is not */
};

struct op {
	enum op_kind kind;
	enum place place;
	struct str text;
	const struct hole *hole;
	const struct ref *ref;
	size_t from, end;  /* ops */
};

struct program {
	struct op *ops;
	size_t n, cap;
};

int program_compile(struct compiler *c, struct str text, struct program *out);
/* Another operation at the end; text may be empty. */
struct op *program_add(struct compiler *c, struct program *p, enum op_kind kind, struct str text);

enum tmpl_result program_render(struct render *r, const struct program *p);
/* It has holes, and all of them are absent. Look at r->refused behind it. */
bool program_is_absent(struct render *r, const struct program *p);
/* The hole when it stands alone, without any text around it, or NULL. */
const struct hole *program_lone_hole(const struct program *p);

#endif
