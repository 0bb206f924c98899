#include <stdlib.h>

#include "tests/unit/tmpl/suites.h"

int main(void)
{
	Suite *suite = suite_create("tmpl");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, filter_cases());
	suite_add_tcase(suite, html_cases());
	suite_add_tcase(suite, json_cases());
	suite_add_tcase(suite, path_cases());
	suite_add_tcase(suite, text_cases());
	suite_add_tcase(suite, xml_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
