/*
 * ref: a path, compiled. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_REF_H
#define GAVEL_TMPL_REF_H

#include "lib/tmpl/compile.h"
#include "lib/tmpl/render.h"

enum ref_kind { REF_ROOT, REF_ITEM, REF_INDEX, REF_NOW, REF_SECRET };

struct ref {
	enum ref_kind kind;
	int level;         /* REF_ITEM, REF_INDEX: so many loops outwards */
	bool loose;        /* REF_ITEM: compiled without knowing what is a list; an item without members is passed over */
	struct str path;   /* below the root, the item or the secrets; empty: the item itself */
	struct str full;   /* as it is told of: lead.drivers.first_name */
	struct str asked;  /* as env->allow is asked for it: lead.drivers.0.first_name, also for an item's */
};

/* -1 and a fault when it is no path, or may not be named here. */
int ref_compile(struct compiler *c, struct str text, struct ref *out);
/* The loop that goes through it. */
struct loop ref_loop(const struct compiler *c, const struct ref *ref);
/* The value, or NULL: absent, null, or an empty text. */
const struct value *ref_value(struct render *r, const struct ref *ref);
/* Whether a section shows for it. */
bool ref_shows(const struct value *v);

#endif
