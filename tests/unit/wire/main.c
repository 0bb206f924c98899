#include <stdlib.h>

#include "lib/wire/xml.h"
#include "tests/unit/wire/suites.h"

int main(void)
{
	Suite *suite = suite_create("wire");
	SRunner *runner;
	int failed;

	xml_init();
	suite_add_tcase(suite, csv_cases());
	suite_add_tcase(suite, form_cases());
	suite_add_tcase(suite, json_read_cases());
	suite_add_tcase(suite, json_write_cases());
	suite_add_tcase(suite, xml_path_cases());
	suite_add_tcase(suite, xml_read_cases());
	suite_add_tcase(suite, xml_write_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
