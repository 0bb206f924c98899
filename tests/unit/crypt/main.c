#include <stdlib.h>

#include "tests/unit/crypt/cases.h"

int main(void)
{
	Suite *s = suite_create("crypt");
	SRunner *sr;
	int failed;

	suite_add_tcase(s, cases_hash());
	suite_add_tcase(s, cases_seal());
	suite_add_tcase(s, cases_keys());
	suite_add_tcase(s, cases_webhook());
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
