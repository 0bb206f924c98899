/*
 * db: connections, prepared statements, transactions and bulk inserts on MariaDB. Every value is bound; SQL text comes from lib/store
 * and from migrations only. Automatic reconnect is off; a lost connection is dropped whole, with its statements.
 *
 * Session of every connection: UTC, strict mode, utf8mb4, READ COMMITTED with innodb_snapshot_isolation, lock wait 2 s, statement time
 * 3 s (0 for jobs and migrations), idle transaction 10 s; a server that is read-only or of an older epoch is refused.
 */
#ifndef GAVEL_DB_DB_H
#define GAVEL_DB_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/id.h"

struct db;       /* one connection; used by one thread at a time */
struct db_pool;

/* "No row" is an answer. */
enum found { FOUND_ERR = -1, FOUND_NO = 0, FOUND_YES = 1 };

enum db_type { DB_NULL, DB_INT, DB_UINT, DB_TEXT, DB_BYTES, DB_MONEY, DB_TIME, DB__N };

/* One value to bind. */
struct db_arg {
	enum db_type type;
	int64_t i;     /* DB_INT, DB_UINT (as bits), DB_MONEY (ten-thousandths), DB_TIME (UTC microseconds) */
	struct str s;  /* DB_TEXT, DB_BYTES */
};

#define DB_I(x) ((struct db_arg){ DB_INT, (int64_t)(x), { 0, 0 } })
#define DB_S(x) ((struct db_arg){ DB_TEXT, 0, (x) })
#define DB_B(ptr, len) ((struct db_arg){ DB_BYTES, 0, { (const char *)(ptr), (len) } })
#define DB_ID(id) ((struct db_arg){ DB_BYTES, 0, { (const char *)(id).b, 16 } })
#define DB_M(x) ((struct db_arg){ DB_MONEY, (x), { 0, 0 } })
#define DB_T(us) ((struct db_arg){ DB_TIME, (us), { 0, 0 } })
#define DB_N() ((struct db_arg){ DB_NULL, 0, { 0, 0 } })

/*
 * A column of a row as fetched: texts and bytes in the arena given to db_query, with a NUL behind them. Reals are not read at all, nor
 * decimals with more than four places.
 */
struct db_col {
	bool null;
	int64_t i;     /* integers, also DECIMAL(n,0); DECIMAL(n,1..4) as ten-thousandths; DATETIME(6) and DATE as UTC microseconds */
	struct str s;  /* texts and bytes; p NULL when the column is */
};

struct db_rows {
	size_t n, cols;
	struct db_col *list; /* n x cols */
};

static inline const struct db_col *db_at(const struct db_rows *r, size_t row, size_t col)
{
	return &r->list[row * r->cols + col];
}
/* A BINARY(16) column as an id (zero when NULL). */
struct id db_id(const struct db_col *c);

/*
 * Each promotion of a primary raises its epoch by one: a server of an older epoch than any that this process has seen was left behind.
 * sql asks for it (store/config: config_epoch_sql); a database without the table is of epoch 0.
 */
struct db_epoch {
	const char *sql;
	_Atomic int64_t newest;
};

struct db_options {
	struct str hosts;    /* "db1:3306,db2:3306": tried in order; or empty with a socket */
	struct str socket, name, user, password;
	struct str tls_ca;   /* PEM file: TLS with verification; empty: none */
	bool jobs;           /* no statement time limit */
	struct db_epoch *epoch; /* shared by the process's connections; NULL: not compared */
};

/* Process start and end, before threads. */
void db_library_init(void);
void db_library_end(void);

/*
 * Tries the hosts in order and takes the first that may be written to. Fails with ERR_DB; code "db_readonly", "db_epoch" or "db_tls" for a
 * server that must not be used.
 */
int db_open(const struct db_options *o, struct db **out, struct err *e);
void db_close(struct db **dbp);
/* True when the last error dropped the connection: it must be closed. */
bool db_is_lost(const struct db *db);
/* 0: the server takes writes now. ERR_DB with code "db_readonly": it was made a replica, or stopped; the connection is then of no more use. */
int db_check_writable(struct db *db, struct err *e);

/* A pool of n connections, opened when first wanted, kept while healthy. */
int db_pool_open(const struct db_options *o, int n, struct db_pool **out, struct err *e);
void db_pool_close(struct db_pool **pp);
/*
 * Waits until deadline_us (mono) for a connection; ERR_BUSY when none came free. Opening one may take 3 s for each host; after a failure
 * the others hear the same error at once for a quarter of a second, so that a dead database does not hold every thread.
 */
int db_take(struct db_pool *p, int64_t deadline_us, struct db **out, struct err *e);
/* Gives it back (a lost one is closed) and sets *dbp to NULL. An open transaction is rolled back and logged as a defect. */
void db_give(struct db_pool *p, struct db **dbp);

/* Connections that are out now, and how many there may be. */
void db_pool_usage(struct db_pool *p, int *out_out, int *size_out);

/*
 * Runs one statement (prepared once per connection, found by the address of sql: static storage). affected_out may be NULL; it counts the
 * rows that WHERE found, changed or not: a conditional UPDATE to the same values is not a refusal. INSERT .. ON DUPLICATE KEY UPDATE
 * counts 1 for a new row and 2 for a changed one.
 *
 * Errors: ERR_DB_RETRY, ERR_DB_DUPLICATE, ERR_DB (code "db_timeout": its time was up; "db_lost", "db_readonly": see db_is_lost;
 * "db_range": a sum that its column can't hold), and
 * ERR_DB_UNCERTAIN when the connection was lost while a statement outside a transaction, SELECT apart, was under way: it may have been
 * done. ERR_TOO_LARGE: more than 15 MiB.
 */
int db_exec(struct db *db, const char *sql, const struct db_arg *args, size_t n, uint64_t *affected_out, struct err *e);
/* The AUTO_INCREMENT of the last db_exec. */
uint64_t db_last_id(const struct db *db);
/* All rows at once, into a. */
int db_query(struct db *db, struct arena *a, const char *sql, const struct db_arg *args, size_t n, struct db_rows *out, struct err *e);
/*
 * One row after the other, for what may be many: a row's bytes are gone behind it, and no more than one is held. fn returns 0 to go on, 1
 * to see no more (the result is then 0), or -1 with e set; it must not use db.
 */
int db_each(struct db *db, const char *sql, const struct db_arg *args, size_t n,
    int (*fn)(const struct db_col *row, void *ctx, struct err *e), void *ctx, struct err *e);
/* The first row, or none. */
enum found db_find(struct db *db, struct arena *a, const char *sql, const struct db_arg *args, size_t n, struct db_rows *out, struct err *e);
/*
 * Many rows in one statement (COM_STMT_BULK_EXECUTE): rows x cols values; a column has one type, NULL apart. All rows or none, also outside
 * a transaction.
 */
enum { DB_BULK_ROWS = 4096 };
int db_bulk(struct db *db, const char *sql, const struct db_arg *rows, size_t n_rows, size_t cols, struct err *e);
/* Statements that can't be prepared, and several in one text (migrations). */
int db_script(struct db *db, struct str sql, struct err *e);

int db_begin(struct db *db, struct err *e);
/* ERR_DB_UNCERTAIN when the connection was lost after COMMIT was sent. */
int db_commit(struct db *db, struct err *e);
/* Never fails; a lost connection has rolled back by itself. */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

/* A named lock of the server, held until db_unlock or the connection's end. FOUND_NO: another held it for the whole of wait_s. */
enum found db_lock(struct db *db, const char *name, int wait_s, struct err *e);
void db_unlock(struct db *db, const char *name);

#define DB_ARGS(...) (struct db_arg[]){ __VA_ARGS__ }, sizeof((struct db_arg[]){ __VA_ARGS__ }) / sizeof(struct db_arg)

/*
 * Runs fn in a transaction; ERR_DB_RETRY repeats it whole, three times at the most with jitter. fn returns 0 to commit, 1 to roll back
 * and return 1 (a refusal, which may say why in e), -1 to roll back with e set. Within an open transaction fn joins that one.
 */
int db_transact(struct db *db, int (*fn)(struct db *db, void *ctx, struct err *e), void *ctx, struct err *e);

#endif
