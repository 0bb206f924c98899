#include <stdlib.h>

#include "tests/unit/exchange/exchange_tests.h"

int main(void)
{
	Suite *s = suite_create("exchange");
	SRunner *r;
	int failed;

	suite_add_tcase(s, contract_tests());
	suite_add_tcase(s, decision_tests());
	suite_add_tcase(s, guard_tests());
	suite_add_tcase(s, property_tests());
	suite_add_tcase(s, replay_tests());
	suite_add_tcase(s, standing_tests());
	suite_add_tcase(s, returns_tests());
	suite_add_tcase(s, trace_tests());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
