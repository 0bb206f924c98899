#include "lib/store/partition.h"

#include <inttypes.h>

#include "lib/base/clock.h"

#define US_PER_DAY (INT64_C(86400) * 1000000)

/* Names are p + YYYYMMDD. DDL takes no bound values: these texts are made of our tables' names and of numbers alone. */
static const char sql_lock[] = "SELECT GET_LOCK('gavel.partitions', 0)";
static const char sql_unlock[] = "SELECT RELEASE_LOCK('gavel.partitions')";
static const char sql_list[] =
    "SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = ?"
    " AND partition_name IS NOT NULL ORDER BY partition_ordinal_position";
static const char sql_make[] =
    "ALTER TABLE %s REORGANIZE PARTITION p_rest INTO (PARTITION p%04d%02d%02d VALUES LESS THAN (x'%012" PRIx64 "'),"
    " PARTITION p_rest VALUES LESS THAN (MAXVALUE))";
static const char sql_drop[] = "ALTER TABLE %s DROP PARTITION p%08" PRId64;

static const char *const tables[] = { "ping", "click" };

static int64_t name_of(int64_t day)
{
	int y, m, d;

	clock_civil(day, &y, &m, &d);
	return (int64_t)y * 10000 + m * 100 + d;
}

static int make(struct db *db, struct arena *a, const char *table, int64_t day, struct err *e)
{
	int y, m, d;

	clock_civil(day, &y, &m, &d);
	return db_script(db, arena_printf(a, sql_make, table, y, m, d, (uint64_t)(day + 1) * 86400000), e);
}

static int upkeep(struct db *db, struct arena *a, const char *table, int64_t today, int ahead, int keep_days, int *made_out, int *dropped_out,
    struct err *e)
{
	int64_t oldest_kept = name_of(today - keep_days), newest = 0, name;
	struct db_rows rows;

	if (db_query(db, a, sql_list, DB_ARGS(DB_S(str_of(table))), &rows, e) != 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		struct str s = db_at(&rows, i, 0)->s;

		if (s.n != 9 || !str_to_i64((struct str){ s.p + 1, 8 }, &name))
			continue;
		if (name > newest)
			newest = name;
		if (name >= oldest_kept)
			continue;
		if (db_script(db, arena_printf(a, sql_drop, table, name), e) != 0)
			return -1;
		(*dropped_out)++;
	}
	/* Only behind the newest there is: a partition can't be put between two others without copying rows. */
	for (int64_t day = today; day <= today + ahead; day++) {
		if (name_of(day) <= newest)
			continue;
		if (make(db, a, table, day, e) != 0)
			return -1;
		(*made_out)++;
	}
	return 0;
}

int partition_upkeep(struct db *db, struct arena *a, int64_t now, int ahead, int keep_days, int *made_out, int *dropped_out, struct err *e)
{
	struct db_rows rows;
	enum found found;
	int r = 0;

	*made_out = *dropped_out = 0;
	found = db_find(db, a, sql_lock, NULL, 0, &rows, e);
	if (found != FOUND_YES || rows.list[0].i != 1)
		return found == FOUND_ERR ? -1 : 0;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && r == 0; i++)
		r = upkeep(db, a, tables[i], now / US_PER_DAY, ahead, keep_days, made_out, dropped_out, e);
	if (!db_is_lost(db) && db_find(db, a, sql_unlock, NULL, 0, &rows, r == 0 ? e : NULL) == FOUND_ERR)
		return -1;
	return r;
}
