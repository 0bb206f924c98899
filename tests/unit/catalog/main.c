#include <stdlib.h>

#include "tests/unit/catalog/suites.h"

int main(void)
{
	Suite *suite = suite_create("catalog");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, compile_cases());
	suite_add_tcase(suite, demo_cases());
	suite_add_tcase(suite, diff_cases());
	suite_add_tcase(suite, document_cases());
	suite_add_tcase(suite, fault_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
