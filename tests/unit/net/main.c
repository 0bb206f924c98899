#include <stdlib.h>

#include "tests/unit/net/suites.h"

int main(void)
{
	Suite *suite = suite_create("net");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, address_cases());
	suite_add_tcase(suite, url_cases());
	suite_add_tcase(suite, host_cases());
	suite_add_tcase(suite, due_cases());
	suite_add_tcase(suite, run_cases());
	suite_add_tcase(suite, fault_cases());
	suite_add_tcase(suite, handover_cases());
	suite_add_tcase(suite, name_cases());
	suite_add_tcase(suite, tls_cases());
	suite_add_tcase(suite, mail_tls_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
