#include "tests/unit/web/suites.h"

TCase *supervisor_cases(void)
{
	return tcase_create("supervisor");
}
