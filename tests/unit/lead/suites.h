#ifndef GAVEL_TESTS_UNIT_LEAD_SUITES_H
#define GAVEL_TESTS_UNIT_LEAD_SUITES_H

#include <check.h>

#include "lib/base/arena.h"
#include "lib/base/fault.h"
#include "lib/base/value.h"

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))

TCase *auction_cases(void);
TCase *cap_cases(void);
TCase *compare_cases(void);
TCase *condition_cases(void);
TCase *field_cases(void);
TCase *intake_cases(void);
TCase *lead_cases(void);
TCase *members_cases(void);
TCase *metric_cases(void);
TCase *money_cases(void);
TCase *property_cases(void);
TCase *reason_cases(void);
TCase *retry_cases(void);
TCase *schedule_cases(void);
TCase *score_cases(void);
TCase *vertical_cases(void);

/* JSON with ' for ", so that cases can be read. */
struct value doc(struct arena *a, const char *text);
/* Compact JSON with ' for ". */
const char *shown(struct arena *a, const struct value *v);
/* "/zip invalid_field; /state missing_field", in the order found. */
const char *shown_faults(struct faults *f);

#endif
