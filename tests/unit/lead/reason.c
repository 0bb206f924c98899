#include "lib/lead/reason.h"
#include "tests/unit/lead/suites.h"

START_TEST(a_code_is_found_by_its_slug)
{
	ck_assert_str_eq(reason_slug(REASON_FILTER_GEO), "filter_geo");
	ck_assert_int_eq(reason_stage(REASON_FILTER_GEO), STAGE_ELIGIBILITY);
	ck_assert_str_eq(stage_name(STAGE_ELIGIBILITY), "eligibility");
	ck_assert_str_eq(reason_help(REASON_DUPLICATE), "the lead was seen within the campaign's window");
	ck_assert_int_eq(reason_find(STR("outbid"), STAGE__N), REASON_OUTBID);
	ck_assert_int_eq(reason_find(STR("outbid"), STAGE_POST), REASON_NONE);
	ck_assert_int_eq(reason_find(STR("consent_missing"), STAGE_SCREENING), REASON_CONSENT_MISSING);
	ck_assert_int_eq(reason_find(STR("consent_missing"), STAGE_ELIGIBILITY), REASON_BUYER_CONSENT);
	ck_assert_int_eq(reason_first(REASON_BUYER_CONSENT), REASON_CONSENT_MISSING);
	ck_assert_int_eq(reason_first(REASON_OUTBID), REASON_OUTBID);
	ck_assert_int_eq(reason_find(STR("nonsense"), STAGE__N), REASON_NONE);
	ck_assert_str_eq(reason_slug((enum reason)999), "unknown");
	ck_assert_str_eq(reason_help(REASON_NONE), "");
	ck_assert_str_eq(stage_name(STAGE__N), "unknown");
}
END_TEST

/* The hundreds of a number say the stage, numbers are used once, and a slug once in a stage. */
START_TEST(numbers_are_stable_and_single)
{
	static const struct {
		int number;
		const char *slug;
		enum stage stage;
	} rows[] = {
#define X(name, number, slug, stage, help) { number, slug, STAGE_##stage },
		REASONS(X)
#undef X
	};

	for (int i = 0; i < N_OF(rows); i++) {
		ck_assert_int_eq(rows[i].number / 100 - 1, (int)rows[i].stage);
		ck_assert_int_eq(reason_find(str_of(rows[i].slug), rows[i].stage), rows[i].number);
		for (int k = 0; k < i; k++)
			ck_assert_int_ne(rows[i].number, rows[k].number);
	}
}
END_TEST

TCase *reason_cases(void)
{
	TCase *cases = tcase_create("reason");

	tcase_add_test(cases, a_code_is_found_by_its_slug);
	tcase_add_test(cases, numbers_are_stable_and_single);
	return cases;
}
