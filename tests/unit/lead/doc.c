#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/json.h"
#include "tests/unit/lead/suites.h"

static void swap(char *p, size_t n, char from, char to)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == from)
			p[i] = to;
}

struct value doc(struct arena *a, const char *text)
{
	char *json = arena_copy(a, text, strlen(text));
	struct value v;
	struct err e;

	swap(json, strlen(json), '\'', '"');
	if (json_parse(a, str_of(json), JSON_DEPTH_CONFIG, &v, &e) != 0)
		ck_abort_msg("%s in %s", e.msg, text);
	return v;
}

const char *shown(struct arena *a, const struct value *v)
{
	struct buf b;

	buf_in(&b, a, 1 << 20);
	ck_assert_int_eq(json_write(&b, v), 0);
	swap(b.p, b.n, '"', '\'');
	return b.p;
}

const char *shown_faults(struct faults *f)
{
	struct buf b;

	buf_in(&b, f->arena, 1 << 16);
	buf_add_cstr(&b, "");
	for (size_t i = 0; i < f->n; i++)
		buf_addf(&b, "%s%.*s %s", i > 0 ? "; " : "", STR_ARG(f->list[i].pointer), f->list[i].code);
	return b.p != NULL ? b.p : "";
}
