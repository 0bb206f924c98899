/*
 * driver: every file under cases/ is a test, every example of docs/buyers.md is one of those files, and the
 * commands do what they say.
 */
#include <check.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/wire/xml.h"
#include "tests/delivery/case.h"
#include "tests/delivery/commands.h"
#include "tests/delivery/docs.h"

enum { CASES_MAX = 1000, CASES_LEAST = 120 };

static char *cases[CASES_MAX];
static int n_cases;

static int note(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	const char *end = strrchr(path, '.');

	(void)st, (void)at;
	if (flag == FTW_F && end != NULL && strcmp(end, ".json") == 0 && n_cases < CASES_MAX)
		cases[n_cases++] = strdup(path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

START_TEST(runs)
{
	struct arena *a = arena_new((size_t)256 << 20);
	struct value doc = case_read(a, cases[_i]);
	const char *why = case_run(a, &doc);

	if (why != NULL)
		ck_abort_msg("%s: %s", cases[_i] + sizeof(DELIVERY_FOLDER), why);
	arena_free(&a);
}
END_TEST

START_TEST(there_are_cases)
{
	ck_assert_int_ge(n_cases, CASES_LEAST);
	ck_assert_int_lt(n_cases, CASES_MAX);
}
END_TEST

START_TEST(page_shows_cases)
{
	struct arena *a = arena_new((size_t)64 << 20);
	const char *why = docs_check(a, BUYERS_PAGE, DELIVERY_FOLDER "/cases/docs");

	if (why != NULL)
		ck_abort_msg("docs/buyers.md: %s", why);
	arena_free(&a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("delivery");
	TCase *files = tcase_create("cases"), *page = tcase_create("page");
	SRunner *runner;
	int failed;

	log_program("test_delivery");
	xml_init();
	nftw(DELIVERY_FOLDER "/cases", note, 16, FTW_PHYS);
	qsort(cases, (size_t)n_cases, sizeof(cases[0]), by_name);
	tcase_set_timeout(files, 60);
	tcase_add_test(files, there_are_cases);
	tcase_add_loop_test(files, runs, 0, n_cases);
	tcase_add_test(page, page_shows_cases);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, page);
	suite_add_tcase(suite, command_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	while (n_cases > 0)
		free(cases[--n_cases]);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
