#include "lib/catalog/unsupported.h"

#include "lib/base/arena.h"

/* When a value asks for something. */
enum asks {
	ASKS_OTHER,    /* a text other than `than` */
	ASKS_ABOVE,    /* a number above 1, or above 0 with `than` "0" */
	ASKS_ANY,      /* it is there and not empty */
	ASKS_TRUE
};

struct unsupported {
	enum unsupported_in in;
	const char *member, *inner;  /* inner NULL: the member itself */
	enum asks asks;
	const char *than;
};

static const struct unsupported table[] = {
	{ IN_BUYER, "returns", "window_days", ASKS_ABOVE, "0" },
	{ IN_CONTRACT, "unknown", "check", ASKS_ANY, NULL },
	{ IN_CONTRACT, "unknown", "repeat", ASKS_TRUE, NULL },
	{ IN_CONTRACT, "on_unknown", NULL, ASKS_OTHER, "hold" },
};

static bool asks(const struct unsupported *u, const struct value *v)
{
	int64_t i, most = 0;

	switch (u->asks) {
	case ASKS_OTHER:
		return v->type == VALUE_TEXT && !str_is(v->text, u->than);
	case ASKS_ABOVE:
		return v->type == VALUE_NUMBER && value_as_int(v, &i) && str_to_i64(str_of(u->than), &most) && i > most;
	case ASKS_ANY:
		return (v->type == VALUE_LIST || v->type == VALUE_OBJECT) && v->n > 0;
	case ASKS_TRUE:
		return v->type == VALUE_BOOL && v->boolean;
	}
	return false;
}

/* A fault at the member, or inside it. */
static bool is_faulty(const struct faults *f, const struct path *at)
{
	struct str here = path_pointer(f->arena, at);

	for (size_t i = 0; i < f->n; i++) {
		struct str p = f->list[i].pointer;

		if (str_starts(p, here) && (p.n == here.n || p.p[here.n] == '/'))
			return true;
	}
	return false;
}

static void refuse(const struct unsupported *u, const struct value *v, const struct path *at, struct faults *f)
{
	const char *of = u->inner != NULL ? u->member : "";
	const char *dot = u->inner != NULL ? "." : "";
	const char *name = u->inner != NULL ? u->inner : u->member;

	if (is_faulty(f, at))
		return;
	if (v->type == VALUE_TEXT)
		fault_add(f, at, "not_supported", "%s%s%s \"%.*s\" is not supported yet", of, dot, name, STR_ARG(v->text));
	else
		fault_add(f, at, "not_supported", "%s%s%s is not supported yet", of, dot, name);
}

void unsupported_check(enum unsupported_in in, const struct value *doc, const struct path *at, struct faults *f)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct unsupported *u = &table[i];
		struct path member = path_member(at, str_of(u->member));
		struct path inner = path_member(&member, str_of(u->inner));
		const struct value *v;

		if (u->in != in)
			continue;
		v = value_get(doc, member.name);
		if (v != NULL && u->inner != NULL)
			v = value_get(v, inner.name);
		if (v != NULL && asks(u, v))
			refuse(u, v, u->inner != NULL ? &inner : &member, f);
	}
}
