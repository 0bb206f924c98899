#ifndef GAVEL_TESTS_UNIT_WEB_SUITES_H
#define GAVEL_TESTS_UNIT_WEB_SUITES_H

#include <check.h>

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))

TCase *req_cases(void);
TCase *resp_cases(void);
TCase *route_cases(void);
TCase *limit_cases(void);
TCase *page_cases(void);
TCase *cutoff_cases(void);
TCase *fcgi_cases(void);
TCase *drain_cases(void);
TCase *abuse_cases(void);
TCase *supervisor_cases(void);

#endif
