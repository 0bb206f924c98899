#include "lib/lead/reason.h"

#include <stddef.h>

struct row {
	enum reason reason;
	const char *slug;
	enum stage stage;
	const char *help;
};

static const struct row rows[] = {
#define X(name, number, slug, stage, help) { REASON_##name, slug, STAGE_##stage, help },
	REASONS(X)
#undef X
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char *const stage_names[STAGE__N] = { "intake", "screening", "eligibility", "auction", "post", "after" };

static const struct row *row_of(enum reason r)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (rows[i].reason == r)
			return &rows[i];
	return NULL;
}

const char *reason_slug(enum reason r)
{
	const struct row *row = row_of(r);

	return row != NULL ? row->slug : "unknown";
}

enum stage reason_stage(enum reason r)
{
	const struct row *row = row_of(r);

	return row != NULL ? row->stage : STAGE_AUCTION;
}

const char *reason_help(enum reason r)
{
	const struct row *row = row_of(r);

	return row != NULL ? row->help : "";
}

const char *stage_name(enum stage s)
{
	return (unsigned)s < STAGE__N ? stage_names[s] : "unknown";
}

enum reason reason_first(enum reason r)
{
	const struct row *row = row_of(r);

	return row != NULL ? reason_find(str_of(row->slug), STAGE__N) : r;
}

enum reason reason_find(struct str slug, enum stage in)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if ((in == STAGE__N || rows[i].stage == in) && str_is(slug, rows[i].slug))
			return rows[i].reason;
	return REASON_NONE;
}
