#include <stdlib.h>

#include "tests/unit/base/suites.h"

int main(void)
{
	Suite *suite = suite_create("base");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, arena_cases());
	suite_add_tcase(suite, buf_cases());
	suite_add_tcase(suite, clock_cases());
	suite_add_tcase(suite, err_cases());
	suite_add_tcase(suite, fail_cases());
	suite_add_tcase(suite, fault_cases());
	suite_add_tcase(suite, http_cases());
	suite_add_tcase(suite, id_cases());
	suite_add_tcase(suite, log_cases());
	suite_add_tcase(suite, map_cases());
	suite_add_tcase(suite, money_cases());
	suite_add_tcase(suite, pattern_cases());
	suite_add_tcase(suite, shm_cases());
	suite_add_tcase(suite, str_cases());
	suite_add_tcase(suite, thread_cases());
	suite_add_tcase(suite, utf8_cases());
	suite_add_tcase(suite, value_cases());
	suite_add_tcase(suite, zone_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
