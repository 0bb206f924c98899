#include "lib/store/lease.h"

enum { KEYS_MAX = 3, TAKE_ARGS = 2 };

struct taking {
	const struct lease_queue *q;
	struct arena *arena;
	int limit;
	int64_t now, until;
	struct id token;
	struct db_rows *out;
};

static struct db_arg key_of(const struct db_col *c)
{
	return c->s.p != NULL ? DB_B(c->s.p, c->s.n) : DB_I(c->i);
}

static int mark(struct db *db, const struct taking *t, size_t row, struct err *e)
{
	int keys = t->q->keys > 0 ? t->q->keys : 1;
	struct db_arg args[TAKE_ARGS + KEYS_MAX] = { DB_T(t->until), DB_ID(t->token) };

	for (int i = 0; i < keys && i < KEYS_MAX; i++)
		args[TAKE_ARGS + i] = key_of(db_at(t->out, row, (size_t)i));
	return db_exec(db, t->q->take, args, (size_t)(TAKE_ARGS + keys), NULL, e);
}

static int take(struct db *db, void *ctx, struct err *e)
{
	struct taking *t = ctx;

	if (db_query(db, t->arena, t->q->pick, DB_ARGS(DB_T(t->now), DB_I(t->limit)), t->out, e) != 0)
		return -1;
	for (size_t i = 0; i < t->out->n; i++)
		if (mark(db, t, i, e) != 0)
			return -1;
	return 0;
}

int lease_take(struct db *db, struct arena *a, const struct lease_queue *q, int limit, int64_t now, int64_t until, struct id *token_out,
    struct db_rows *out, struct err *e)
{
	struct taking t = { .q = q, .arena = a, .limit = limit, .now = now, .until = until, .token = id_new(now), .out = out };

	*token_out = t.token;
	return db_transact(db, take, &t, e);
}
