#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/db/connection.h"

/*
 * Column by column: integers lie one after the other, everything else behind an array of pointers; NULL is said by an indicator. All of it
 * is in one block that the connection keeps.
 */
struct column {
	enum db_type type;      /* of its first value that is not NULL */
	int64_t *ints;
	void **pointers;
	unsigned long *lengths;
	char *indicators;
	union db_slot *slots;   /* money and times */
};

static size_t aligned(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

static void *take(char **p, size_t n)
{
	void *at = *p;

	*p += aligned(n);
	return at;
}

static enum db_type type_of(const struct db_arg *rows, size_t n_rows, size_t cols, size_t col)
{
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i * cols + col].type != DB_NULL)
			return rows[i * cols + col].type;
	return DB_NULL;
}

static void *block(struct db *db, size_t n_rows, size_t cols)
{
	size_t one = aligned(n_rows * sizeof(void *)) + aligned(n_rows * sizeof(unsigned long)) + aligned(n_rows) +
	    aligned(n_rows * sizeof(union db_slot)), size = cols * one;

	if (size > db->bulk_size) {
		free(db->bulk);
		db->bulk = malloc(size);
		if (db->bulk == NULL)
			log_die("out of memory");
		db->bulk_size = size;
	}
	return db->bulk;
}

static int fill(struct column *c, const struct db_arg *rows, size_t n_rows, size_t cols, size_t *bytes, struct err *e)
{
	MYSQL_BIND one;

	for (size_t i = 0; i < n_rows; i++) {
		const struct db_arg *arg = &rows[i * cols];

		c->indicators[i] = arg->type == DB_NULL ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
		c->pointers[i] = NULL;
		c->lengths[i] = 0;
		if (arg->type == DB_NULL)
			continue;
		if (arg->type != c->type)
			return err_set(e, ERR_INTERNAL, "a column of a bulk insert has values of two types");
		if (c->type == DB_INT || c->type == DB_UINT) {
			c->ints[i] = arg->i;
			continue;
		}
		if (db_bind(arg, &one, &c->slots[i], e) != 0)
			return -1;
		c->pointers[i] = one.buffer;
		c->lengths[i] = one.length_value;
		*bytes += one.length_value;
	}
	return 0;
}

static int bind_column(const struct db_arg *rows, size_t n_rows, size_t cols, size_t col, char **space, MYSQL_BIND *to,
    size_t *bytes, struct err *e)
{
	static const struct db_arg zero_int = { DB_INT, 0, { NULL, 0 } };
	struct column c = { .type = type_of(rows, n_rows, cols, col) };
	union db_slot unused;

	c.pointers = take(space, n_rows * sizeof(void *));
	c.ints = (int64_t *)(void *)c.pointers;
	c.lengths = take(space, n_rows * sizeof(unsigned long));
	c.indicators = take(space, n_rows);
	c.slots = take(space, n_rows * sizeof(union db_slot));
	if (fill(&c, rows + col, n_rows, cols, bytes, e) != 0)
		return -1;
	/* A column of NULLs alone has no type; any will do. */
	if (db_bind(c.type == DB_NULL ? &zero_int : &(struct db_arg){ .type = c.type }, to, &unused, e) != 0)
		return -1;
	to->buffer = c.pointers;
	to->length = c.lengths;
	to->u.indicator = c.indicators;
	return 0;
}

int db_bulk(struct db *db, const char *sql, const struct db_arg *rows, size_t n_rows, size_t cols, struct err *e)
{
	struct db_statement *s = db_statement_get(db, sql, e);
	unsigned count = (unsigned)n_rows, none = 0;
	size_t bytes = 0;
	char *space;
	int r = -1;

	if (s == NULL)
		return -1;
	if (n_rows == 0)
		return 0;
	if (cols != s->n_params || n_rows > DB_BULK_ROWS)
		return err_set(e, ERR_INTERNAL, "a bulk of %zu rows of %zu values for a statement of %u", n_rows, cols, s->n_params);
	space = block(db, n_rows, cols);
	for (size_t i = 0; i < cols; i++)
		if (bind_column(rows, n_rows, cols, i, &space, &s->params[i], &bytes, e) != 0)
			return -1;
	if (bytes > DB_STATEMENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "%zu bytes do not fit into one statement", bytes);
	mysql_stmt_attr_set(s->st, STMT_ATTR_ARRAY_SIZE, &count);
	if (mysql_stmt_bind_param(s->st, s->params))
		db_statement_fail(db, s->st, false, e);
	else if (mysql_stmt_execute(s->st) != 0)
		db_statement_fail(db, s->st, db_may_change(db, sql), e);
	else
		r = 0;
	mysql_stmt_attr_set(s->st, STMT_ATTR_ARRAY_SIZE, &none);
	return r;
}
