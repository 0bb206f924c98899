#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/db/connection.h"

#define US_PER_DAY (INT64_C(86400) * 1000000)

enum { FIRST_ROWS = 8, MONEY_DECIMALS = 4, ONE_ROW_MAX = 64 * 1024 * 1024 };

/* Where rows go: into a list, up to max, or to fn one by one. */
struct sink {
	struct arena *arena;
	size_t max;
	struct db_rows *out;
	int (*fn)(const struct db_col *row, void *ctx, struct err *e);
	void *ctx;
};

struct id db_id(const struct db_col *c)
{
	struct id id = { { 0 } };

	if (!c->null && c->s.n == sizeof(id.b))
		memcpy(id.b, c->s.p, sizeof(id.b));
	return id;
}

static bool is_int(enum enum_field_types t)
{
	return t == MYSQL_TYPE_TINY || t == MYSQL_TYPE_SHORT || t == MYSQL_TYPE_INT24 || t == MYSQL_TYPE_LONG || t == MYSQL_TYPE_LONGLONG ||
	    t == MYSQL_TYPE_YEAR;
}

static int kind_of(const MYSQL_FIELD *f, enum db_column_kind *out, struct err *e)
{
	enum enum_field_types t = f->type;

	if (is_int(t))
		*out = COLUMN_INT;
	else if (t == MYSQL_TYPE_NEWDECIMAL || t == MYSQL_TYPE_DECIMAL)
		*out = COLUMN_MONEY;
	else if (t == MYSQL_TYPE_DATETIME || t == MYSQL_TYPE_TIMESTAMP || t == MYSQL_TYPE_DATE)
		*out = COLUMN_TIME;
	else if (t == MYSQL_TYPE_NULL)
		*out = COLUMN_NULL;
	else if (t == MYSQL_TYPE_FLOAT || t == MYSQL_TYPE_DOUBLE || t == MYSQL_TYPE_TIME)
		return err_set(e, ERR_INTERNAL, "column %.64s is a real or a TIME; neither is ever read", f->name);
	else
		*out = COLUMN_BYTES;
	if (*out == COLUMN_MONEY && f->decimals > MONEY_DECIMALS)
		return err_set(e, ERR_INTERNAL, "column %.64s has more than four decimals", f->name);
	return 0;
}

/* The bindings follow the fields of this run: an altered table, or a value of another type, changes them under a prepared statement. */
static int bind_columns(struct db_statement *s, const MYSQL_FIELD *fields, unsigned n, struct err *e)
{
	if (n > s->n_cols) {
		free(s->results);
		free(s->columns);
		s->results = calloc(n, sizeof(*s->results));
		s->columns = calloc(n, sizeof(*s->columns));
		if (s->results == NULL || s->columns == NULL)
			log_die("out of memory");
		s->n_cols = n;
	}
	for (unsigned i = 0; i < n; i++) {
		struct db_column *c = &s->columns[i];
		MYSQL_BIND *b = &s->results[i];

		if (kind_of(&fields[i], &c->kind, e) != 0)
			return -1;
		c->scale = fields[i].decimals;
		*b = (MYSQL_BIND){ .buffer = &c->slot, .buffer_length = sizeof(c->slot.text), .length = &c->length, .is_null = &c->null,
			.error = &c->cut, .buffer_type = MYSQL_TYPE_STRING };
		if (c->kind == COLUMN_INT) {
			b->buffer_type = MYSQL_TYPE_LONGLONG;
			b->is_unsigned = (fields[i].flags & UNSIGNED_FLAG) != 0;
		} else if (c->kind == COLUMN_TIME) {
			b->buffer_type = MYSQL_TYPE_DATETIME;
		} else if (c->kind == COLUMN_BYTES) {
			b->buffer_type = MYSQL_TYPE_BLOB;
		}
	}
	return 0;
}

/* A decimal without decimals is an integer (SUM of integers is one); others are ten-thousandths. */
static int read_money(const struct db_column *c, int64_t *out, struct err *e)
{
	struct str text = { c->slot.text, c->length };

	if (c->length < sizeof(c->slot.text) && (c->scale == 0 ? str_to_i64(text, out) : money_parse_sum(text, out)))
		return 0;
	return err_set(e, ERR_INTERNAL, "a decimal is too large to be read");
}

static int64_t read_time(const MYSQL_TIME *t)
{
	int64_t s = (int64_t)t->hour * 3600 + t->minute * 60 + t->second;

	return clock_days((int)t->year, (int)t->month, (int)t->day) * US_PER_DAY + s * 1000000 + (int64_t)t->second_part;
}

/* What fits is in the slot already; what does not is fetched into memory of its own size. */
static int read_bytes(struct db *db, struct db_statement *s, unsigned i, struct arena *a, struct str *out, struct err *e)
{
	struct db_column *c = &s->columns[i];
	char *p = arena_alloc(a, c->length + 1);
	MYSQL_BIND b = { .buffer = p, .buffer_length = c->length, .buffer_type = MYSQL_TYPE_BLOB, .length = &c->length, .is_null = &c->null,
		.error = &c->cut };

	*out = (struct str){ p, c->length };
	if (c->length <= sizeof(c->slot.text))
		memcpy(p, c->slot.text, c->length);
	else if (mysql_stmt_fetch_column(s->st, &b, i, 0) != 0)
		return db_statement_fail(db, s->st, false, e);
	return 0;
}

static int read_row(struct db *db, struct db_statement *s, unsigned n, struct arena *a, struct db_col *out, struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		struct db_column *c = &s->columns[i];
		int r = 0;

		out[i].null = c->null || c->kind == COLUMN_NULL;
		if (out[i].null)
			continue;
		if (c->kind == COLUMN_INT)
			out[i].i = c->slot.i;
		else if (c->kind == COLUMN_TIME)
			out[i].i = read_time(&c->slot.time);
		else if (c->kind == COLUMN_MONEY)
			r = read_money(c, &out[i].i, e);
		else
			r = read_bytes(db, s, i, a, &out[i].s, e);
		if (r != 0)
			return -1;
	}
	return 0;
}

static int fetch_list(struct db *db, struct db_statement *s, unsigned n, const struct sink *to, struct err *e)
{
	struct db_rows *out = to->out;
	size_t room = 0;
	int more;

	while ((more = mysql_stmt_fetch(s->st)) == 0 || more == MYSQL_DATA_TRUNCATED) {
		if (out->n == to->max)
			break;
		if (out->n == room) {
			struct db_col *wider = arena_array_of(to->arena, (room = room == 0 ? FIRST_ROWS : room * 2) * n, struct db_col);

			if (out->n > 0)
				memcpy(wider, out->list, out->n * n * sizeof(*wider));
			out->list = wider;
		}
		if (read_row(db, s, n, to->arena, &out->list[out->n * n], e) != 0)
			return -1;
		out->n++;
	}
	return more == 1 ? db_statement_fail(db, s->st, db_may_change(db, s->sql), e) : 0;
}

static int fetch_each(struct db *db, struct db_statement *s, unsigned n, const struct sink *to, struct err *e)
{
	struct db_col *row = arena_array_of(to->arena, n, struct db_col);
	int more, r = 0;

	while (r == 0 && ((more = mysql_stmt_fetch(s->st)) == 0 || more == MYSQL_DATA_TRUNCATED)) {
		struct arena_mark m = arena_mark(to->arena);

		memset(row, 0, n * sizeof(*row));
		r = read_row(db, s, n, to->arena, row, e) != 0 ? -1 : to->fn(row, to->ctx, e);
		arena_release(to->arena, m);
	}
	if (r == 0 && more == 1)
		return db_statement_fail(db, s->st, db_may_change(db, s->sql), e);
	return r < 0 ? -1 : 0;
}

static int query(struct db *db, const char *sql, const struct db_arg *args, size_t n, const struct sink *to, struct err *e)
{
	struct db_statement *s = db_statement_get(db, sql, e);
	unsigned cols;
	MYSQL_RES *meta;
	int r = -1;

	if (s == NULL || db_execute(db, s, args, n, e) != 0)
		return -1;
	cols = mysql_stmt_field_count(s->st);
	if (to->out != NULL)
		to->out->cols = cols;
	if (cols == 0)
		return 0;
	meta = mysql_stmt_result_metadata(s->st);
	if (meta == NULL)
		return db_statement_fail(db, s->st, false, e);
	if (bind_columns(s, mysql_fetch_fields(meta), cols, e) == 0) {
		if (mysql_stmt_bind_result(s->st, s->results))
			db_statement_fail(db, s->st, false, e);
		else
			r = to->fn != NULL ? fetch_each(db, s, cols, to, e) : fetch_list(db, s, cols, to, e);
	}
	mysql_free_result(meta);
	mysql_stmt_free_result(s->st);
	return r;
}

int db_query(struct db *db, struct arena *a, const char *sql, const struct db_arg *args, size_t n, struct db_rows *out, struct err *e)
{
	struct sink to = { .arena = a, .max = SIZE_MAX, .out = out };

	*out = (struct db_rows){ 0, 0, NULL };
	return query(db, sql, args, n, &to, e);
}

int db_each(struct db *db, const char *sql, const struct db_arg *args, size_t n,
    int (*fn)(const struct db_col *row, void *ctx, struct err *e), void *ctx, struct err *e)
{
	struct sink to = { .arena = arena_new(ONE_ROW_MAX), .fn = fn, .ctx = ctx };
	int r = query(db, sql, args, n, &to, e);

	arena_free(&to.arena);
	return r;
}

enum found db_find(struct db *db, struct arena *a, const char *sql, const struct db_arg *args, size_t n, struct db_rows *out, struct err *e)
{
	struct sink to = { .arena = a, .max = 1, .out = out };

	*out = (struct db_rows){ 0, 0, NULL };
	if (query(db, sql, args, n, &to, e) != 0)
		return FOUND_ERR;
	return out->n > 0 ? FOUND_YES : FOUND_NO;
}
