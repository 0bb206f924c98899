#ifndef GAVEL_TESTS_UNIT_NET_SUITES_H
#define GAVEL_TESTS_UNIT_NET_SUITES_H

#include <check.h>

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))

TCase *address_cases(void);
TCase *url_cases(void);
TCase *host_cases(void);
TCase *due_cases(void);
TCase *run_cases(void);
TCase *fault_cases(void);
TCase *handover_cases(void);
TCase *mail_tls_cases(void);
TCase *name_cases(void);
TCase *tls_cases(void);

#endif
