#ifndef GAVEL_TESTS_UNIT_FORM_SUITES_H
#define GAVEL_TESTS_UNIT_FORM_SUITES_H

#include <check.h>

#include "fcgi-app/form/inputs.h"

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))

TCase *input_cases(void);
TCase *visit_cases(void);
TCase *word_cases(void);

/* JSON with ' for " to a value; the test ends when it is none. */
struct value form_doc(struct arena *a, const char *text);

#endif
