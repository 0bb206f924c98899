/*
 * Statements: every type there and back at its limits, results of every size, bulk inserts, and what errors become.
 */
#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "tests/db/cases.h"

#define US INT64_C(1000000)

struct fixture {
	struct db *db;
	struct arena *a;
	struct err e;
};

static void start(struct fixture *f)
{
	f->db = connected("scratch");
	f->a = arena_new(256 << 20);
	run_sql(f->db, "CREATE OR REPLACE TABLE t (id INT PRIMARY KEY, i BIGINT, u BIGINT UNSIGNED, m DECIMAL(14,4), at DATETIME(6), s TEXT, b"
		       " MEDIUMBLOB, fixed BINARY(16), small TINYINT)");
}

static void end(struct fixture *f)
{
	db_close(&f->db);
	ck_assert_ptr_null(f->db);
	arena_free(&f->a);
}

static const char sql_insert[] = "INSERT INTO t (id, i, u, m, at, s, b, fixed, small) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char sql_all[] = "SELECT id, i, u, m, at, s, b, fixed, small FROM t ORDER BY id";

static const int64_t ints[] = { 0, 1, -1, INT64_MAX, INT64_MIN, 1234567890123 };
static const int64_t moneys[] = { 0, 1, -1, 125000, MONEY_MAX, -MONEY_MAX, 99999 };
static const int64_t times[] = {
	0, 1, -1, 1795435260 * US, 1795435260 * US + 123456, -62135596800 * US /* year 1 */, 253402300800 * US - 1 /* year 9999 */,
	951782400 * US /* 2000-02-29 */, 951868800 * US - 1,
};

START_TEST(values_round_trip)
{
	struct db_rows rows;
	struct fixture f;
	struct id id = { { 0, 1, 2, 0xff, '\'', '\\', '\n', '%', 8, 9, 10, 11, 12, 13, 14, 0 } };
	int n = N_OF(times);

	start(&f);
	for (int i = 0; i < n; i++)
		ck_assert_good(db_exec(f.db, sql_insert, DB_ARGS(DB_I(i), DB_I(ints[i % N_OF(ints)]),
		    ((struct db_arg){ DB_UINT, ints[i % N_OF(ints)], { 0, 0 } }), DB_M(moneys[i % N_OF(moneys)]), DB_T(times[i]),
		    DB_S(STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 'x'")), DB_B("\0\xff\x80", 3), DB_ID(id), DB_I(-128)), NULL, &f.e), f.e);
	ck_assert_good(db_query(f.db, f.a, sql_all, NULL, 0, &rows, &f.e), f.e);
	ck_assert_uint_eq(rows.n, n);
	ck_assert_uint_eq(rows.cols, 9);
	for (int i = 0; i < n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		ck_assert_int_eq(c[0].i, i);
		ck_assert_int_eq(c[1].i, ints[i % N_OF(ints)]);
		ck_assert_int_eq(c[2].i, ints[i % N_OF(ints)]);
		ck_assert_int_eq(c[3].i, moneys[i % N_OF(moneys)]);
		ck_assert_int_eq(c[4].i, times[i]);
		ck_assert_text(c[5].s, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 'x'");
		ck_assert(str_eq(c[6].s, (struct str){ "\0\xff\x80", 3 }));
		ck_assert(id_eq(db_id(&c[7]), id));
		ck_assert_int_eq(c[8].i, -128);
	}
	/* What the server itself makes of them. */
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM t WHERE at = '9999-12-31 23:59:59.999999'"), 1);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM t WHERE at = '0001-01-01' AND m = -9999999999.9999"), 1);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM t WHERE u = 18446744073709551615"), 2);
	end(&f);
}
END_TEST

START_TEST(nulls_and_empties)
{
	struct db_rows rows;
	struct fixture f;

	start(&f);
	ck_assert_good(db_exec(f.db, sql_insert, DB_ARGS(DB_I(1), DB_N(), DB_N(), DB_N(), DB_N(), DB_N(), DB_N(), DB_N(), DB_N()), NULL, &f.e),
	    f.e);
	ck_assert_good(db_exec(f.db, sql_insert, DB_ARGS(DB_I(2), DB_I(0), DB_I(0), DB_M(0), DB_T(0), DB_S(STR("")), DB_B(NULL, 0), DB_N(),
	    DB_I(0)), NULL, &f.e), f.e);
	ck_assert_good(db_query(f.db, f.a, sql_all, NULL, 0, &rows, &f.e), f.e);
	ck_assert_uint_eq(rows.n, 2);
	for (size_t i = 1; i < 9; i++) {
		ck_assert(db_at(&rows, 0, i)->null);
		ck_assert(i == 7 || !db_at(&rows, 1, i)->null);
	}
	ck_assert(id_is_zero(db_id(db_at(&rows, 0, 7))));
	ck_assert_uint_eq(db_at(&rows, 1, 5)->s.n, 0);
	ck_assert_uint_eq(db_at(&rows, 1, 6)->s.n, 0);
	end(&f);
}
END_TEST

static const size_t sizes[] = { 1, 63, 64, 65, 255, 256, 65535, 65536, 5000000 };

START_TEST(long_values)
{
	struct str big = { NULL, sizes[_i] };
	struct db_rows rows;
	struct fixture f;

	start(&f);
	big.p = arena_alloc(f.a, big.n);
	memset((char *)big.p, 'x', big.n);
	((char *)big.p)[big.n - 1] = 'y';
	for (int i = 0; i < 2; i++)
		ck_assert_good(db_exec(f.db, sql_insert, DB_ARGS(DB_I(i), DB_N(), DB_N(), DB_N(), DB_N(), DB_N(), DB_B(big.p, big.n), DB_N(),
		    DB_N()), NULL, &f.e), f.e);
	ck_assert_good(db_query(f.db, f.a, sql_all, NULL, 0, &rows, &f.e), f.e);
	for (int i = 0; i < 2; i++)
		ck_assert(str_eq(db_at(&rows, i, 6)->s, big));
	end(&f);
}
END_TEST

START_TEST(too_large)
{
	struct fixture f;
	size_t n = (15 << 20) + 1;

	start(&f);
	ck_assert_int_eq(db_exec(f.db, sql_insert, DB_ARGS(DB_I(1), DB_N(), DB_N(), DB_N(), DB_N(), DB_N(), DB_B(arena_alloc(f.a, n), n),
	    DB_N(), DB_N()), NULL, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_TOO_LARGE);
	ck_assert(!db_is_lost(f.db));
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM t"), 0);
	end(&f);
}
END_TEST

START_TEST(looking_up)
{
	struct db_rows rows;
	struct fixture f;

	start(&f);
	ck_assert_int_eq(db_find(f.db, f.a, "SELECT i FROM t WHERE id = ?", DB_ARGS(DB_I(7)), &rows, &f.e), FOUND_NO);
	ck_assert_uint_eq(rows.n, 0);
	run_sql(f.db, "INSERT INTO t (id, i) VALUES (7, 70), (8, 80), (9, 90)");
	ck_assert_int_eq(db_find(f.db, f.a, "SELECT i FROM t WHERE id >= ? ORDER BY id", DB_ARGS(DB_I(7)), &rows, &f.e), FOUND_YES);
	ck_assert_uint_eq(rows.n, 1);
	ck_assert_int_eq(rows.list[0].i, 70);
	/* what was not fetched is not in the way of the next */
	ck_assert_int_eq(number(f.db, "SELECT SUM(i) FROM t"), 240);
	ck_assert_int_eq(db_find(f.db, f.a, "SELECT x FROM t", NULL, 0, &rows, &f.e), FOUND_ERR);
	ck_assert_int_eq(f.e.kind, ERR_DB);
	ck_assert_int_eq(db_find(f.db, f.a, "INSERT INTO t (id) VALUES (10) RETURNING id", NULL, 0, &rows, &f.e), FOUND_YES);
	ck_assert_int_eq(rows.list[0].i, 10);
	end(&f);
}
END_TEST

START_TEST(many_rows)
{
	struct db_rows rows;
	struct fixture f;

	start(&f);
	ck_assert_good(db_query(f.db, f.a, "SELECT seq, CONCAT('text of row ', seq) FROM seq_1_to_20000", NULL, 0, &rows, &f.e), f.e);
	ck_assert_uint_eq(rows.n, 20000);
	for (size_t i = 0; i < rows.n; i += 999) {
		ck_assert_int_eq(db_at(&rows, i, 0)->i, (int64_t)i + 1);
		ck_assert(str_eq(db_at(&rows, i, 1)->s, arena_printf(f.a, "text of row %zu", i + 1)));
	}
	end(&f);
}
END_TEST

static const struct {
	const char *sql;
	int64_t i;
	const char *said; /* the error, when there is one */
} numbers[] = {
	{ "SELECT CAST(12.5 AS DECIMAL(14,4))", 125000, NULL }, { "SELECT CAST(-0.0001 AS DECIMAL(14,4))", -1, NULL },
	{ "SELECT CAST(12.5 AS DECIMAL(14,1))", 125000, NULL }, { "SELECT SUM(seq) FROM seq_1_to_10", 55, NULL },
	{ "SELECT SUM(CAST(9999999999.9999 AS DECIMAL(14,4))) FROM seq_1_to_1", 99999999999999, NULL },
	{ "SELECT COUNT(*) FROM seq_1_to_10", 10, NULL }, { "SELECT TRUE", 1, NULL }, { "SELECT DATE('1970-01-02')", 86400 * US, NULL },
	{ "SELECT TIMESTAMP('2000-02-29 00:00:00')", 951782400 * US, NULL }, { "SELECT CAST(-5 AS SIGNED)", -5, NULL },
	{ "SELECT 1.5e0", 0, "a real" }, { "SELECT AVG(CAST(1 AS DECIMAL(14,4)))", 0, "more than four decimals" },
	{ "SELECT TIME('10:00:00')", 0, "a TIME" }, { "SELECT CAST(1e20 AS DECIMAL(30,0))", 0, "too large" },
	{ "SELECT SUM(CAST(9999999999.9999 AS DECIMAL(14,4))) FROM seq_1_to_2", 199999999999998, NULL },
	{ "SELECT CAST(922337203685477.5807 AS DECIMAL(20,4))", INT64_MAX, NULL },
	{ "SELECT CAST(922337203685477.5808 AS DECIMAL(20,4))", 0, "too large" },
};

START_TEST(numbers_exactly)
{
	enum found found;
	struct db_rows rows;
	struct fixture f;

	start(&f);
	found = db_find(f.db, f.a, numbers[_i].sql, NULL, 0, &rows, &f.e);
	if (numbers[_i].said == NULL) {
		ck_assert_msg(found == FOUND_YES, "%s", f.e.msg);
		ck_assert_int_eq(rows.list[0].i, numbers[_i].i);
	} else {
		ck_assert_int_eq(found, FOUND_ERR);
		ck_assert_int_eq(f.e.kind, ERR_INTERNAL);
		ck_assert_ptr_nonnull(strstr(f.e.msg, numbers[_i].said));
	}
	ck_assert_int_eq(number(f.db, "SELECT 42"), 42); /* the connection is well */
	end(&f);
}
END_TEST

START_TEST(affected_rows)
{
	static const char sql_upsert[] = "INSERT INTO t (id, i) VALUES (?, ?) ON DUPLICATE KEY UPDATE i = VALUES(i)";
	static const char sql_update[] = "UPDATE t SET i = ? WHERE id = ?";
	struct fixture f;
	uint64_t n;

	start(&f);
	ck_assert_good(db_exec(f.db, sql_upsert, DB_ARGS(DB_I(1), DB_I(5)), &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);
	ck_assert_good(db_exec(f.db, sql_upsert, DB_ARGS(DB_I(1), DB_I(6)), &n, &f.e), f.e);
	ck_assert_uint_eq(n, 2);
	ck_assert_good(db_exec(f.db, sql_update, DB_ARGS(DB_I(7), DB_I(1)), &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);
	ck_assert_good(db_exec(f.db, sql_update, DB_ARGS(DB_I(7), DB_I(1)), &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);                                     /* found, although nothing changed */
	ck_assert_good(db_exec(f.db, sql_update, DB_ARGS(DB_I(7), DB_I(2)), &n, &f.e), f.e);
	ck_assert_uint_eq(n, 0);
	run_sql(f.db, "CREATE OR REPLACE TABLE auto (id INT AUTO_INCREMENT PRIMARY KEY, x INT) AUTO_INCREMENT = 41");
	ck_assert_good(db_exec(f.db, "INSERT INTO auto (x) VALUES (?)", DB_ARGS(DB_I(1)), NULL, &f.e), f.e);
	ck_assert_uint_eq(db_last_id(f.db), 41);
	end(&f);
}
END_TEST

static const struct {
	const char *sql;
	enum err_kind kind;
	const char *says, *hides;
} errors[] = {
	{ "INSERT INTO t (id, s) VALUES (1, 'again')", ERR_DB_DUPLICATE, "for key 'PRIMARY'", "entry" },
	{ "INSERT INTO t (id, i) VALUES (2, 'jo@example.com')", ERR_DB, "column", "example" },
	{ "INSERT INTO t (id, at) VALUES (2, 'jo@example.com')", ERR_DB, "column", "example" },
	{ "INSERT INTO t (id, small) VALUES (2, 1000)", ERR_DB, "for column 'small'", "1000" },
	{ "INSERT INTO t (id, fixed) VALUES (2, 'jo for key x column y@example.com')", ERR_DB, "for column 'fixed'", "example" },
	{ "INSERT INTO t (id, m) VALUES (2, 10000000000)", ERR_DB, "for column 'm'", "1000" },
	{ "INSERT INTO t (id) VALUES (NULL)", ERR_DB, "Column 'id' cannot be null", "~" },
	{ "INSERT INTO nowhere VALUES (1)", ERR_DB, "nowhere", "~" },
	{ "SELEC 1", ERR_DB, "1064", "~" },
	{ "INSERT INTO t (id, at) VALUES (2, '2026-02-30')", ERR_DB, "column", "02-30" },
	{ "INSERT INTO t (id, at) VALUES (2, '0000-00-00')", ERR_DB, "column", "00-00" },
};

START_TEST(errors_say_no_values)
{
	struct fixture f;

	start(&f);
	run_sql(f.db, "INSERT INTO t (id) VALUES (1)");
	ck_assert_int_eq(db_exec(f.db, errors[_i].sql, NULL, 0, NULL, &f.e), -1);
	ck_assert_int_eq(f.e.kind, errors[_i].kind);
	ck_assert_msg(strstr(f.e.msg, errors[_i].says) != NULL, "\"%s\" does not say \"%s\"", f.e.msg, errors[_i].says);
	ck_assert_msg(strstr(f.e.msg, errors[_i].hides) == NULL, "\"%s\" tells", f.e.msg);
	ck_assert(!db_is_lost(f.db));
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM t"), 1);
	end(&f);
}
END_TEST

START_TEST(defects)
{
	struct fixture f;
	char text[] = "SELECT 1";

	start(&f);
	ck_assert_int_eq(db_exec(f.db, "INSERT INTO t (id) VALUES (?)", NULL, 0, NULL, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_INTERNAL);
	ck_assert_int_eq(db_exec(f.db, "INSERT INTO t (id) VALUES (1)", DB_ARGS(DB_I(1)), NULL, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_INTERNAL);
	ck_assert_int_eq(db_exec(f.db, "INSERT INTO t (at) VALUES (?)", DB_ARGS(DB_T(253402300800 * US)), NULL, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_INTERNAL);
	ck_assert_int_eq(db_exec(f.db, "INSERT INTO t (at) VALUES (?)", DB_ARGS(DB_T(-62135596800 * US - 1)), NULL, &f.e), -1);
	/* The address of a statement is its name: another text behind it must not run the first. */
	ck_assert_int_eq(number(f.db, text), 1);
	text[7] = '2';
	ck_assert_int_eq(db_exec(f.db, text, NULL, 0, NULL, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_INTERNAL);
	end(&f);
}
END_TEST

/* A prepared statement lives on when its table is altered under it, and when its answer's types change. */
START_TEST(altered_tables)
{
	static const char sql[] = "SELECT x FROM altered", sql_echo[] = "SELECT ?";
	struct db_rows rows;
	struct fixture f;

	start(&f);
	run_sql(f.db, "CREATE OR REPLACE TABLE altered (x INT); INSERT INTO altered VALUES (12)");
	ck_assert_int_eq(number(f.db, sql), 12);
	run_sql(f.db, "ALTER TABLE altered MODIFY x VARCHAR(200)");
	ck_assert_int_eq(db_find(f.db, f.a, sql, NULL, 0, &rows, &f.e), FOUND_YES);
	ck_assert_text(rows.list[0].s, "12");
	run_sql(f.db, "ALTER TABLE altered MODIFY x DECIMAL(14,4)");
	ck_assert_int_eq(number(f.db, sql), 120000);
	ck_assert_int_eq(db_find(f.db, f.a, sql_echo, DB_ARGS(DB_I(5)), &rows, &f.e), FOUND_YES);
	ck_assert_int_eq(rows.list[0].i, 5);
	ck_assert_int_eq(db_find(f.db, f.a, sql_echo, DB_ARGS(DB_S(STR("five"))), &rows, &f.e), FOUND_YES);
	ck_assert_text(rows.list[0].s, "five");
	ck_assert_int_eq(db_find(f.db, f.a, sql_echo, DB_ARGS(DB_N()), &rows, &f.e), FOUND_YES);
	ck_assert(rows.list[0].null);
	ck_assert_int_eq(db_find(f.db, f.a, sql_echo, DB_ARGS(DB_T(1795435260 * US)), &rows, &f.e), FOUND_YES);
	ck_assert_int_eq(rows.list[0].i, 1795435260 * US);
	end(&f);
}
END_TEST

START_TEST(many_statements)
{
	static char texts[300][32];
	struct fixture f;

	start(&f);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 300; i++) {
			snprintf(texts[i], sizeof(texts[i]), "SELECT %d", i);
			ck_assert_int_eq(number(f.db, texts[i]), i);
		}
	end(&f);
}
END_TEST

static struct db_arg *bulk_rows(struct arena *a, int n)
{
	struct db_arg *rows = arena_array_of(a, (size_t)n * 9, struct db_arg);

	for (int i = 0; i < n; i++) {
		struct str text = arena_printf(a, "%*d", i % 300, i);
		const struct db_arg row[9] = {
			DB_I(i), i % 3 == 0 ? DB_N() : DB_I(-i), { DB_UINT, i, { 0, 0 } }, i % 5 == 0 ? DB_N() : DB_M(moneys[i % N_OF(moneys)]),
			i % 7 == 0 ? DB_N() : DB_T(times[i % N_OF(times)]), i % 2 == 0 ? DB_N() : DB_S(text), DB_B(text.p, text.n),
			DB_N(), DB_I(i % 100),
		};

		memcpy(rows + i * 9, row, sizeof(row));
	}
	return rows;
}

static const int bulk_sizes[] = { 0, 1, 2, 64, 1000, 4096 };

START_TEST(bulk_inserts)
{
	struct db_rows rows;
	struct fixture f;
	int n = bulk_sizes[_i];

	start(&f);
	ck_assert_good(db_bulk(f.db, sql_insert, bulk_rows(f.a, n), n, 9, &f.e), f.e);
	ck_assert_good(db_query(f.db, f.a, sql_all, NULL, 0, &rows, &f.e), f.e);
	ck_assert_uint_eq(rows.n, n);
	for (int i = 0; i < n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);
		struct str text = arena_printf(f.a, "%*d", i % 300, i);

		ck_assert_int_eq(c[0].i, i);
		ck_assert_int_eq(c[1].null, i % 3 == 0);
		ck_assert(c[1].null || c[1].i == -i);
		ck_assert_int_eq(c[2].i, i);
		ck_assert_int_eq(c[3].null, i % 5 == 0);
		ck_assert(c[3].null || c[3].i == moneys[i % N_OF(moneys)]);
		ck_assert_int_eq(c[4].null, i % 7 == 0);
		ck_assert(c[4].null || c[4].i == times[i % N_OF(times)]);
		ck_assert_int_eq(c[5].null, i % 2 == 0);
		ck_assert(c[5].null || str_eq(c[5].s, text));
		ck_assert(str_eq(c[6].s, text));
		ck_assert(c[7].null);
	}
	/* The same statement goes on serving single rows. */
	ck_assert_good(db_exec(f.db, sql_insert, DB_ARGS(DB_I(5000), DB_N(), DB_N(), DB_N(), DB_N(), DB_N(), DB_N(), DB_N(), DB_N()), NULL,
	    &f.e), f.e);
	end(&f);
}
END_TEST

START_TEST(bulk_is_all_or_none)
{
	struct db_arg *rows;
	struct fixture f;

	start(&f);
	run_sql(f.db, "INSERT INTO t (id) VALUES (60)");
	rows = bulk_rows(f.a, 100);
	ck_assert_int_eq(db_bulk(f.db, sql_insert, rows, 100, 9, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_DB_DUPLICATE);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM t"), 1);
	rows[60 * 9 + 8] = DB_I(1000);                               /* out of its column's range */
	ck_assert_int_eq(db_bulk(f.db, sql_insert, rows + 61 * 9, 10, 9, &f.e), 0);
	ck_assert_int_eq(db_bulk(f.db, sql_insert, rows, 60, 9, &f.e), 0);
	run_sql(f.db, "DELETE FROM t");
	ck_assert_int_eq(db_bulk(f.db, sql_insert, rows, 100, 9, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_DB);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM t"), 0);
	rows[60 * 9 + 8] = DB_S(STR("x"));
	ck_assert_int_eq(db_bulk(f.db, sql_insert, rows, 100, 9, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_INTERNAL);
	ck_assert_int_eq(db_bulk(f.db, sql_insert, rows, 10, 8, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_INTERNAL);
	end(&f);
}
END_TEST

START_TEST(session)
{
	struct db_options jobs = server("scratch");
	struct fixture f;

	start(&f);
	ck_assert_int_eq(number(f.db, "SELECT @@time_zone = '+00:00' AND @@tx_isolation = 'READ-COMMITTED' AND @@innodb_snapshot_isolation"
				      " AND @@sql_mode LIKE '%STRICT_ALL_TABLES%' AND @@character_set_connection = 'utf8mb4'"), 1);
	ck_assert_int_eq(number(f.db, "SELECT @@innodb_lock_wait_timeout = 2 AND @@max_statement_time = 3 AND @@idle_transaction_timeout = 10"),
	    1);
	run_sql(f.db, "SET SESSION max_statement_time = 0.2");
	ck_assert_int_eq(db_exec(f.db, "SELECT SUM(a.seq * b.seq % 7) FROM seq_1_to_100000 a, seq_1_to_100000 b", NULL, 0, NULL, &f.e), -1);
	ck_assert_str_eq(f.e.code, "db_timeout");
	ck_assert(!db_is_lost(f.db));
	db_close(&f.db);
	jobs.jobs = true;
	ck_assert_good(db_open(&jobs, &f.db, &f.e), f.e);
	ck_assert_int_eq(number(f.db, "SELECT @@max_statement_time = 0"), 1);
	end(&f);
}
END_TEST

START_TEST(scripts)
{
	struct fixture f;

	start(&f);
	run_sql(f.db, "DROP TABLE IF EXISTS one;\n-- a comment; with a semicolon\nCREATE TABLE one (x INT);\n\nINSERT INTO one VALUES (1);"
		      " SELECT * FROM one;\n");
	ck_assert_int_eq(db_script(f.db, STR("INSERT INTO one VALUES (2); INSERT INTO two VALUES (3); INSERT INTO one VALUES (4)"), &f.e), -1);
	ck_assert_ptr_nonnull(strstr(f.e.msg, "two"));
	ck_assert_int_eq(number(f.db, "SELECT SUM(x) FROM one"), 3);
	/* and a prepared statement is one statement, however it is spelt */
	ck_assert_int_eq(db_exec(f.db, "DELETE FROM one; DELETE FROM one", NULL, 0, NULL, &f.e), -1);
	end(&f);
}
END_TEST

TCase *cases_statement(void)
{
	TCase *tc = tcase_create("statement");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, values_round_trip);
	tcase_add_test(tc, nulls_and_empties);
	tcase_add_loop_test(tc, long_values, 0, N_OF(sizes));
	tcase_add_test(tc, too_large);
	tcase_add_test(tc, looking_up);
	tcase_add_test(tc, many_rows);
	tcase_add_loop_test(tc, numbers_exactly, 0, N_OF(numbers));
	tcase_add_test(tc, affected_rows);
	tcase_add_loop_test(tc, errors_say_no_values, 0, N_OF(errors));
	tcase_add_test(tc, defects);
	tcase_add_test(tc, altered_tables);
	tcase_add_test(tc, many_statements);
	tcase_add_loop_test(tc, bulk_inserts, 0, N_OF(bulk_sizes));
	tcase_add_test(tc, bulk_is_all_or_none);
	tcase_add_test(tc, session);
	tcase_add_test(tc, scripts);
	return tc;
}
