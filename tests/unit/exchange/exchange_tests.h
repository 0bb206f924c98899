#ifndef GAVEL_TESTS_EXCHANGE_H
#define GAVEL_TESTS_EXCHANGE_H

#include <check.h>

TCase *contract_tests(void);
TCase *decision_tests(void);
TCase *guard_tests(void);
TCase *property_tests(void);
TCase *replay_tests(void);
TCase *standing_tests(void);
TCase *returns_tests(void);
TCase *trace_tests(void);

#endif
