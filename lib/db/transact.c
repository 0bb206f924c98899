#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/db/connection.h"

enum { TRIES = 3, PAUSE_MS = 4, JITTER_MS = 16 };

static const char sql_begin[] = "START TRANSACTION";
static const char sql_lock[] = "SELECT GET_LOCK(?, ?)";
static const char sql_unlock[] = "SELECT RELEASE_LOCK(?)";

int db_begin(struct db *db, struct err *e)
{
	if (db->lost)
		return err_set(e, ERR_DB, "the connection is lost");
	if (db->in_transaction)
		return err_set(e, ERR_INTERNAL, "a transaction in a transaction");
	if (db_command(db, sql_begin, e) != 0)
		return -1;
	db->in_transaction = true;
	return 0;
}

int db_commit(struct db *db, struct err *e)
{
	if (!db->in_transaction)
		return err_set(e, ERR_INTERNAL, "nothing to commit");
	db->in_transaction = false;
	if (mysql_commit(db->my) == 0)
		return 0;
	return db_fail(db, mysql_errno(db->my), mysql_sqlstate(db->my), mysql_error(db->my), true, e);
}

void db_rollback(struct db *db)
{
	db->in_transaction = false;
	/* One that can't be undone by us is undone by the server when the connection is closed. */
	if (!db->lost && mysql_rollback(db->my) != 0)
		db->lost = true;
}

bool db_in_transaction(const struct db *db)
{
	return db->in_transaction;
}

static int once(struct db *db, int (*fn)(struct db *db, void *ctx, struct err *e), void *ctx, struct err *e)
{
	int r;

	if (db_begin(db, e) != 0)
		return -1;
	r = fn(db, ctx, e);
	if (r == 0)
		return db_commit(db, e);
	db_rollback(db);
	return r;
}

/* Two that collided must not collide again: each waits for a time of its own. */
static void pause_a_little(const struct db *db, int tries)
{
	uint64_t mixed = ((uint64_t)clock_mono_us() ^ (uintptr_t)db) * UINT64_C(0x9e3779b97f4a7c15);

	clock_sleep_ms(PAUSE_MS + (int64_t)((mixed >> 33) % JITTER_MS) * (tries + 1));
}

int db_transact(struct db *db, int (*fn)(struct db *db, void *ctx, struct err *e), void *ctx, struct err *e)
{
	struct err mine = { .kind = ERR_NONE };
	int r;

	if (db->in_transaction)
		return fn(db, ctx, e);
	for (int tries = 0;; tries++) {
		mine.kind = ERR_NONE;
		r = once(db, fn, ctx, &mine);
		if (r != -1 || mine.kind != ERR_DB_RETRY || db->lost || tries + 1 == TRIES)
			break;
		pause_a_little(db, tries);
	}
	if (r != 0 && e != NULL)
		*e = mine;
	return r;
}

enum found db_lock(struct db *db, const char *name, int wait_s, struct err *e)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;
	enum found found = db_find(db, a, sql_lock, DB_ARGS(DB_S(str_of(name)), DB_I(wait_s)), &rows, e);

	if (found == FOUND_YES && (rows.list[0].null || rows.list[0].i != 1))
		found = FOUND_NO;
	arena_free(&a);
	return found;
}

void db_unlock(struct db *db, const char *name)
{
	struct arena *a = arena_new(64 * 1024);
	struct db_rows rows;

	/* Closing the connection frees it too. */
	if (!db->lost && db_find(db, a, sql_unlock, DB_ARGS(DB_S(str_of(name))), &rows, NULL) == FOUND_ERR)
		db->lost = true;
	arena_free(&a);
}
