#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/db/connection.h"

#define US_PER_DAY (INT64_C(86400) * 1000000)
#define TIME_FIRST (INT64_C(-62135596800) * 1000000)        /* 0001-01-01 */
#define TIME_LAST (INT64_C(253402300800) * 1000000 - 1)     /* 9999-12-31 23:59:59.999999 */

enum { FIRST_ROOM = 64 };

int db_statement_fail(struct db *db, MYSQL_STMT *st, bool sent, struct err *e)
{
	return db_fail(db, mysql_stmt_errno(st), mysql_stmt_sqlstate(st), mysql_stmt_error(st), sent, e);
}

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size);

	if (p == NULL)
		log_die("out of memory");
	return p;
}

static struct db_statement **place(struct db *db, const char *sql)
{
	size_t i = ((uintptr_t)sql >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	while (db->table[i & (db->room - 1)] != NULL && db->table[i & (db->room - 1)]->sql != sql)
		i++;
	return &db->table[i & (db->room - 1)];
}

static void make_room(struct db *db)
{
	struct db_statement **old = db->table;
	size_t room = db->room;

	if (db->n < room / 2)
		return;
	db->room = room > 0 ? room * 2 : FIRST_ROOM;
	db->table = zeroed(db->room, sizeof(*db->table));
	for (size_t i = 0; i < room; i++)
		if (old[i] != NULL)
			*place(db, old[i]->sql) = old[i];
	free(old);
}

static void statement_free(struct db_statement *s)
{
	mysql_stmt_close(s->st);
	free(s->text);
	free(s->params);
	free(s->slots);
	free(s->results);
	free(s->columns);
	free(s);
}

static struct db_statement *prepare(struct db *db, const char *sql, struct err *e)
{
	struct db_statement *s = zeroed(1, sizeof(*s));

	s->sql = sql;
	s->text = strdup(sql);
	s->st = mysql_stmt_init(db->my);
	if (s->text == NULL || s->st == NULL)
		log_die("out of memory");
	if (mysql_stmt_prepare(s->st, sql, strlen(sql)) != 0) {
		db_statement_fail(db, s->st, false, e);
		statement_free(s);
		return NULL;
	}
	s->n_params = (unsigned)mysql_stmt_param_count(s->st);
	s->params = zeroed(s->n_params, sizeof(*s->params));
	s->slots = zeroed(s->n_params, sizeof(*s->slots));
	return s;
}

struct db_statement *db_statement_get(struct db *db, const char *sql, struct err *e)
{
	struct db_statement **at;

	if (db->lost) {
		err_set(e, ERR_DB, "the connection is lost");
		return NULL;
	}
	make_room(db);
	at = place(db, sql);
	if (*at == NULL) {
		*at = prepare(db, sql, e);
		db->n += *at != NULL;
	} else if (strcmp((*at)->text, sql) != 0) {
		err_set(e, ERR_INTERNAL, "a statement's text has changed behind its address");
		return NULL;
	}
	return *at;
}

void db_statements_close(struct db *db)
{
	for (size_t i = 0; i < db->room; i++)
		if (db->table[i] != NULL)
			statement_free(db->table[i]);
	free(db->table);
	db->table = NULL;
	db->n = db->room = 0;
}

size_t db_money_print(int64_t amount, char out[32])
{
	uint64_t whole = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;

	return (size_t)snprintf(out, 32, "%s%llu.%04u", amount < 0 ? "-" : "", (unsigned long long)(whole / MONEY_SCALE),
	    (unsigned)(whole % MONEY_SCALE));
}

static int bind_time(int64_t us, MYSQL_TIME *to, struct err *e)
{
	int64_t days = us / US_PER_DAY, rest = us % US_PER_DAY;
	int y, m, d;

	if (us < TIME_FIRST || us > TIME_LAST)
		return err_set(e, ERR_INTERNAL, "a time outside the years 1 to 9999");
	if (rest < 0) {
		rest += US_PER_DAY;
		days--;
	}
	clock_civil(days, &y, &m, &d);
	*to = (MYSQL_TIME){ .year = (unsigned)y, .month = (unsigned)m, .day = (unsigned)d, .time_type = MYSQL_TIMESTAMP_DATETIME,
		.second_part = (unsigned long)(rest % 1000000) };
	rest /= 1000000;
	to->hour = (unsigned)(rest / 3600);
	to->minute = (unsigned)(rest / 60 % 60);
	to->second = (unsigned)(rest % 60);
	return 0;
}

int db_bind(const struct db_arg *arg, MYSQL_BIND *to, union db_slot *slot, struct err *e)
{
	memset(to, 0, sizeof(*to));
	switch (arg->type) {
	case DB_INT:
	case DB_UINT:
		to->buffer_type = MYSQL_TYPE_LONGLONG;
		to->is_unsigned = arg->type == DB_UINT;
		slot->i = arg->i;
		to->buffer = &slot->i;
		return 0;
	case DB_TEXT:
	case DB_BYTES:
		to->buffer_type = arg->type == DB_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
		to->buffer = arg->s.n > 0 ? (void *)arg->s.p : (void *)"";
		to->length_value = arg->s.n;
		break;
	case DB_MONEY:
		to->buffer_type = MYSQL_TYPE_NEWDECIMAL;
		to->buffer = slot->text;
		to->length_value = db_money_print(arg->i, slot->text);
		break;
	case DB_TIME:
		to->buffer_type = MYSQL_TYPE_DATETIME;
		to->buffer = &slot->time;
		return bind_time(arg->i, &slot->time, e);
	default:
		to->buffer_type = MYSQL_TYPE_NULL;
		return 0;
	}
	to->buffer_length = to->length_value;
	to->length = &to->length_value;
	return 0;
}

static int bind_all(struct db_statement *s, const struct db_arg *args, size_t n, struct err *e)
{
	size_t bytes = 0;

	if (n != s->n_params)
		return err_set(e, ERR_INTERNAL, "a statement of %u values was given %zu", s->n_params, n);
	for (size_t i = 0; i < n; i++) {
		if (db_bind(&args[i], &s->params[i], &s->slots[i], e) != 0)
			return -1;
		bytes += args[i].s.n;
	}
	if (bytes > DB_STATEMENT_BYTES)
		return err_set(e, ERR_TOO_LARGE, "%zu bytes do not fit into one statement", bytes);
	return 0;
}

/* A lost connection leaves a change that commits by itself undecided; a read, or a statement of an open transaction, it does not. */
bool db_may_change(const struct db *db, const char *sql)
{
	return !db->in_transaction && strncasecmp(sql, "SELECT", 6) != 0;
}

int db_execute(struct db *db, struct db_statement *s, const struct db_arg *args, size_t n, struct err *e)
{
	if (bind_all(s, args, n, e) != 0)
		return -1;
	if (n > 0 && mysql_stmt_bind_param(s->st, s->params))
		return db_statement_fail(db, s->st, false, e);
	if (mysql_stmt_execute(s->st) != 0)
		return db_statement_fail(db, s->st, db_may_change(db, s->sql), e);
	return 0;
}

int db_exec(struct db *db, const char *sql, const struct db_arg *args, size_t n, uint64_t *affected_out, struct err *e)
{
	struct db_statement *s = db_statement_get(db, sql, e);

	if (s == NULL || db_execute(db, s, args, n, e) != 0)
		return -1;
	if (affected_out != NULL)
		*affected_out = mysql_stmt_affected_rows(s->st);
	db->last_id = mysql_stmt_insert_id(s->st);
	/* Rows that nobody asked for are read all the same: the statement's error may stand behind them. */
	if (mysql_stmt_field_count(s->st) > 0) {
		if (mysql_stmt_store_result(s->st) != 0)
			return db_statement_fail(db, s->st, db_may_change(db, sql), e);
		mysql_stmt_free_result(s->st);
	}
	return 0;
}

uint64_t db_last_id(const struct db *db)
{
	return db->last_id;
}
