/*
 * The cases that need a server, one function for each file. tests/db/run says in the environment where it is.
 */
#ifndef GAVEL_TEST_DB_CASES_H
#define GAVEL_TEST_DB_CASES_H

#include <check.h>

#include "lib/db/db.h"

#define N_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

#define ck_assert_good(call, e) do { \
	int r_ = (call); \
	ck_assert_msg(r_ == 0, "%s: %d, %s", #call, r_, (e).msg); \
} while (0)

#define ck_assert_text(got, want) do { \
	struct str got_ = (got); \
	ck_assert_msg(str_is(got_, (want)), "got \"%.*s\", not \"%s\"", STR_ARG(got_), (want)); \
} while (0)

/* Where the server is, as root and with the database of this name. */
struct db_options server(const char *database);
/* A connection to it. */
struct db *connected(const char *database);
/* One number from one row. */
int64_t number(struct db *db, const char *sql);
/* Runs a statement of a test's own. */
void run_sql(struct db *db, const char *sql);

TCase *cases_catalog(void);
TCase *cases_statement(void);
TCase *cases_transact(void);
TCase *cases_pool(void);
TCase *cases_config(void);
TCase *cases_holding(void);
TCase *cases_key(void);
TCase *cases_message(void);
TCase *cases_report(void);
TCase *cases_rollup(void);
TCase *cases_seen(void);
TCase *cases_upkeep(void);
TCase *cases_work(void);
TCase *cases_writer(void);

#endif
