#ifndef GAVEL_TESTS_UNIT_TMPL_SUITES_H
#define GAVEL_TESTS_UNIT_TMPL_SUITES_H

#include <check.h>

#include "lib/tmpl/tmpl.h"

#define N_OF(table) ((int)(sizeof(table) / sizeof((table)[0])))
#define ck_assert_str(got, want) \
	do { \
		struct str ck_got = (got); \
		ck_assert_msg(str_is(ck_got, (want)), "got \"%.*s\", want \"%s\"", STR_ARG(ck_got), (want)); \
	} while (0)

/* What a case gives: a text, one of these, or FAULT and a part of the fault's detail. */
#define ABSENT "<absent>"
#define REFUSED "<refused>"
#define FULL "<full>"
#define FAULT "<fault> "

enum { OMIT = 1, MASK = 2, FREE = 4 }; /* FREE: any path may be named */

/* Compiles and renders with the sample of sample.c; the text, ABSENT, REFUSED or "<fault> detail | detail". */
struct str rendered(struct arena *a, enum tmpl_kind kind, const char *text, int how);
struct str rendered_json(struct arena *a, const char *json, int how);
/* "<fault> /pointer, /pointer". */
struct str faulty_pointers(struct arena *a, const char *json);
/* As rendered, with " | " between the values of a form's place. */
struct str rendered_values(struct arena *a, const char *text, int how);
/* The paths a template names, with spaces between. */
struct str named_paths(struct arena *a, enum tmpl_kind kind, const char *text);
/* got is what is wanted; a wanted fault need only be a part of it. */
void check_case(struct str got, const char *want, const char *text);

TCase *filter_cases(void);
TCase *html_cases(void);
TCase *json_cases(void);
TCase *path_cases(void);
TCase *text_cases(void);
TCase *xml_cases(void);

#endif
