#include <stdlib.h>

#include "tests/unit/web/suites.h"

int main(void)
{
	Suite *suite = suite_create("web");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, req_cases());
	suite_add_tcase(suite, resp_cases());
	suite_add_tcase(suite, route_cases());
	suite_add_tcase(suite, limit_cases());
	suite_add_tcase(suite, page_cases());
	suite_add_tcase(suite, cutoff_cases());
	suite_add_tcase(suite, fcgi_cases());
	suite_add_tcase(suite, drain_cases());
	suite_add_tcase(suite, abuse_cases());
	suite_add_tcase(suite, supervisor_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
