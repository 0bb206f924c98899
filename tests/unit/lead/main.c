#include <stdlib.h>

#include "tests/unit/lead/suites.h"

int main(void)
{
	Suite *suite = suite_create("lead");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, auction_cases());
	suite_add_tcase(suite, cap_cases());
	suite_add_tcase(suite, compare_cases());
	suite_add_tcase(suite, condition_cases());
	suite_add_tcase(suite, field_cases());
	suite_add_tcase(suite, intake_cases());
	suite_add_tcase(suite, lead_cases());
	suite_add_tcase(suite, members_cases());
	suite_add_tcase(suite, metric_cases());
	suite_add_tcase(suite, money_cases());
	suite_add_tcase(suite, property_cases());
	suite_add_tcase(suite, reason_cases());
	suite_add_tcase(suite, retry_cases());
	suite_add_tcase(suite, schedule_cases());
	suite_add_tcase(suite, score_cases());
	suite_add_tcase(suite, vertical_cases());
	runner = srunner_create(suite);
	/* A process for each of a thousand small cases takes minutes under ASan; nothing here outlives its case. */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
