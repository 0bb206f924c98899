#include <stdlib.h>

#include "lib/wire/json.h"
#include "tests/unit/form/suites.h"

struct value form_doc(struct arena *a, const char *text)
{
	char *json = arena_copy(a, text, strlen(text));
	struct value v;
	struct err e;

	for (char *p = json; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	if (json_parse(a, str_of(json), JSON_DEPTH_CONFIG, &v, &e) != 0)
		ck_abort_msg("%s in %s", e.msg, text);
	return v;
}

int main(void)
{
	Suite *s = suite_create("form");
	SRunner *r;
	int failed;

	suite_add_tcase(s, input_cases());
	suite_add_tcase(s, visit_cases());
	suite_add_tcase(s, word_cases());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
