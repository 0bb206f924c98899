#include "lib/exchange/standing.h"
#include "tests/unit/exchange/exchange_tests.h"

static struct standing_view *view;

/* Contract 7 kept 6 of 8 of seller 1's and none of 12 of seller 2's; its buyer's verdicts took 10 days in the mean of 9. */
static void setup(void)
{
	static const struct standing_row rows[] = {
		{ STANDING_ACCEPTANCE, 7, 1, STR_INIT(""), 60000, 80000 }, { STANDING_ACCEPTANCE, 7, 2, STR_INIT(""), 0, 120000 },
		{ STANDING_SPEED, 7, 0, STR_INIT(""), INT64_C(9) * 864000 * 10000, 90000 },
		{ STANDING_SOURCE, 3, 1, STR_INIT("fb-1"), 160000, 160000 }, { STANDING_SOURCE, 3, 1, STR_INIT("fb-2"), 0, 40000 },
		{ STANDING_SELLER, 3, 1, STR_INIT(""), 160000, 200000 },
	};

	view = standing_make(arena_new(1 << 20), rows, sizeof(rows) / sizeof(rows[0]));
}

static void teardown(void)
{
	standing_give(view);
}

static void check_contract(const struct standing_view *v, uint32_t contract, uint32_t seller, double acceptance, double speed)
{
	double got_acceptance, got_speed;

	standing_of_contract(v, contract, seller, &got_acceptance, &got_speed);
	ck_assert_double_eq_tol(got_acceptance, acceptance, 1e-9);
	ck_assert_double_eq_tol(got_speed, speed, 1e-9);
}

START_TEST(without_history_all_are_alike)
{
	check_contract(NULL, 7, 1, 0.8, 1);
	check_contract(view, 8, 1, 0.8, 1);
	ck_assert_double_lt(standing_of_source(NULL, 3, 1, STR("fb-1")), 0);
	ck_assert_double_lt(standing_of_source(view, 3, 2, STR("fb-1")), 0);
	ck_assert_double_lt(standing_of_source(view, 4, 1, STR("fb-1")), 0);
}
END_TEST

/* In all 6 of 20: (8 + 6) / (10 + 20). Speed: 9 verdicts and one expected at once. */
START_TEST(shares_are_smoothed)
{
	const double all = 14.0 / 30, speed = 30.0 / (30 + 9);

	check_contract(view, 7, 1, (10 * all + 6) / 18, speed);
	check_contract(view, 7, 2, 10 * all / 22, speed);
	check_contract(view, 7, 3, all, speed);
}
END_TEST

/* The seller: (2 + 16) / (4 + 20); its sub-sources about that. */
START_TEST(a_sub_source_is_judged_about_its_seller)
{
	const double all = 18.0 / 24;

	ck_assert_double_eq_tol(standing_of_source(view, 3, 1, STR("fb-1")), (4 * all + 16) / 20, 1e-9);
	ck_assert_double_eq_tol(standing_of_source(view, 3, 1, STR("fb-2")), 4 * all / 8, 1e-9);
	ck_assert_double_eq_tol(standing_of_source(view, 3, 1, STR("fb-3")), all, 1e-9);
	ck_assert_double_eq_tol(standing_of_source(view, 3, 1, STR("")), all, 1e-9);
}
END_TEST

TCase *standing_tests(void)
{
	TCase *t = tcase_create("standing");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, without_history_all_are_alike);
	tcase_add_test(t, shares_are_smoothed);
	tcase_add_test(t, a_sub_source_is_judged_about_its_seller);
	return t;
}
