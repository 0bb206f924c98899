/*
 * connection: what lies behind struct db. Private to lib/db.
 */
#ifndef GAVEL_DB_CONNECTION_H
#define GAVEL_DB_CONNECTION_H

#include <mysql.h>

#include "lib/db/db.h"

enum { DB_STATEMENT_BYTES = 15 * 1024 * 1024 }; /* the server takes 16 MiB in one packet, unless it was told otherwise */

/* A bound or fetched value that is neither a caller's text nor a plain integer. */
union db_slot {
	int64_t i;
	MYSQL_TIME time;
	char text[64];
};

enum db_column_kind { COLUMN_INT, COLUMN_MONEY, COLUMN_TIME, COLUMN_BYTES, COLUMN_NULL };

struct db_column {
	enum db_column_kind kind;
	unsigned scale;         /* COLUMN_MONEY: decimals */
	unsigned long length;
	my_bool null, cut;
	union db_slot slot;
};

/* A prepared statement and the memory that each run of it needs. */
struct db_statement {
	const char *sql;        /* its address is the name that it is found by */
	char *text;             /* a copy: an address with another text behind it is a defect, never another statement run */
	MYSQL_STMT *st;
	unsigned n_params, n_cols;
	MYSQL_BIND *params, *results;
	union db_slot *slots;   /* of the params */
	struct db_column *columns;
};

struct db {
	MYSQL *my;
	bool lost;              /* to be closed: nothing can be asked of it any more */
	bool in_transaction;
	uint64_t last_id;
	struct db_statement **table; /* open addressing, by address; room is a power of two */
	size_t n, room;
	void *bulk;             /* grows to the largest bulk insert */
	size_t bulk_size;
	int64_t idle_since_us;  /* in a pool */
};

/* What MariaDB said, as our error; marks a connection that is lost. sent: a change may have been made all the same. */
int db_fail(struct db *db, unsigned number, const char *state, const char *message, bool sent, struct err *e);
/* The statement for this text, prepared when it is new here; NULL with e set. */
struct db_statement *db_statement_get(struct db *db, const char *sql, struct err *e);
void db_statements_close(struct db *db);
int db_statement_fail(struct db *db, MYSQL_STMT *st, bool sent, struct err *e);
/* Binds and runs; what it answers is still to be fetched. */
int db_execute(struct db *db, struct db_statement *s, const struct db_arg *args, size_t n, struct err *e);
/* True when a connection lost during this statement leaves it open whether it took place. */
bool db_may_change(const struct db *db, const char *sql);
/* One value as a MYSQL_BIND; slot is its room for money and times. */
int db_bind(const struct db_arg *arg, MYSQL_BIND *to, union db_slot *slot, struct err *e);
/* Money as its exact text; the length. */
size_t db_money_print(int64_t amount, char out[32]);
/* Runs a statement of the connection's own that answers nothing (session set-up, BEGIN). */
int db_command(struct db *db, const char *sql, struct err *e);

#endif
