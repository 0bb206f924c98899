#include <stdlib.h>

#include "tests/db/cases.h"

static struct str from_environment(const char *name)
{
	const char *value = getenv(name);

	ck_assert_msg(value != NULL, "%s is not set: run tests/db/run", name);
	return str_of(value);
}

struct db_options server(const char *database)
{
	return (struct db_options){ .socket = from_environment("TEST_SOCKET"), .name = str_of(database), .user = STR("root") };
}

struct db *connected(const char *database)
{
	struct db_options o = server(database);
	struct db *db;
	struct err e;

	ck_assert_good(db_open(&o, &db, &e), e);
	return db;
}

int64_t number(struct db *db, const char *sql)
{
	struct arena *a = arena_new(1 << 20);
	struct db_rows rows;
	int64_t out;
	struct err e;

	ck_assert_msg(db_find(db, a, sql, NULL, 0, &rows, &e) == FOUND_YES, "%s: %s", sql, e.msg);
	out = rows.list[0].i;
	arena_free(&a);
	return out;
}

void run_sql(struct db *db, const char *sql)
{
	struct err e;

	ck_assert_msg(db_script(db, str_of(sql), &e) == 0, "%s: %s", sql, e.msg);
}

int main(void)
{
	Suite *s = suite_create("db");
	SRunner *sr;
	int failed;

	db_library_init();
	suite_add_tcase(s, cases_statement());
	suite_add_tcase(s, cases_transact());
	suite_add_tcase(s, cases_pool());
	suite_add_tcase(s, cases_config());
	suite_add_tcase(s, cases_key());
	suite_add_tcase(s, cases_message());
	suite_add_tcase(s, cases_catalog());
	suite_add_tcase(s, cases_holding());
	suite_add_tcase(s, cases_work());
	suite_add_tcase(s, cases_seen());
	suite_add_tcase(s, cases_writer());
	suite_add_tcase(s, cases_upkeep());
	suite_add_tcase(s, cases_rollup());
	suite_add_tcase(s, cases_report());
	sr = srunner_create(s);
	srunner_set_tap(sr, "-");
	srunner_run_all(sr, CK_SILENT);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	db_library_end();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
