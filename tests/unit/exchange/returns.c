#include "lib/exchange/returns.h"

#include "lib/base/money.h"
#include "tests/unit/exchange/exchange_tests.h"

#define DAY (INT64_C(86400) * 1000000)
#define SOLD_AT (INT64_C(1790000000) * 1000000)

static struct str reasons[] = { { "duplicate", 9 }, { "invalid_phone", 13 } };

struct judged {
	int window_days;
	int64_t percent;           /* in ten-thousandths of a percent */
	int64_t after;             /* microseconds from the sale to the request */
	const char *reason;
	int64_t sold, returned;    /* of the span, without this request */
	enum return_state want;
};

static const struct judged cases[] = {
	/* no terms: an operator decides, whatever the reason and the time */
	{ 0, 100 * MONEY_SCALE, 0, "duplicate", 1, 0, RETURN_REQUESTED },
	{ 0, 0, 900 * DAY, "duplicate", 1, 1, RETURN_REQUESTED },
	/* the window: its last microsecond is inside */
	{ 10, 100 * MONEY_SCALE, 0, "duplicate", 1, 0, RETURN_APPROVED },
	{ 10, 100 * MONEY_SCALE, 10 * DAY, "duplicate", 1, 0, RETURN_APPROVED },
	{ 10, 100 * MONEY_SCALE, 10 * DAY + 1, "duplicate", 1, 0, RETURN_DENIED },
	{ 10, 100 * MONEY_SCALE, 10 * DAY + 1, "no contact", 1, 0, RETURN_DENIED },
	/* reasons: the whole word, letter case apart */
	{ 10, 100 * MONEY_SCALE, DAY, "DUPLICATE", 1, 0, RETURN_APPROVED },
	{ 10, 100 * MONEY_SCALE, DAY, "invalid_phone", 1, 0, RETURN_APPROVED },
	{ 10, 100 * MONEY_SCALE, DAY, "duplicate lead", 1, 0, RETURN_REQUESTED },
	{ 10, 100 * MONEY_SCALE, DAY, "dup", 1, 0, RETURN_REQUESTED },
	{ 10, 100 * MONEY_SCALE, DAY, "", 1, 0, RETURN_REQUESTED },
	/* the share: exactly so many are inside; it comes before the reason */
	{ 10, 15 * MONEY_SCALE, DAY, "duplicate", 100, 14, RETURN_APPROVED },
	{ 10, 15 * MONEY_SCALE, DAY, "duplicate", 100, 15, RETURN_DENIED },
	{ 10, 15 * MONEY_SCALE, DAY, "no contact", 100, 15, RETURN_DENIED },
	{ 10, 15 * MONEY_SCALE, DAY, "duplicate", 6, 0, RETURN_DENIED },
	{ 10, 15 * MONEY_SCALE, DAY, "duplicate", 7, 0, RETURN_APPROVED },
	{ 10, 125000, DAY, "duplicate", 8, 0, RETURN_APPROVED },
	{ 10, 124999, DAY, "duplicate", 8, 0, RETURN_DENIED },
	{ 10, 0, DAY, "duplicate", 1000000, 0, RETURN_DENIED },
};

enum { N_CASES = sizeof(cases) / sizeof(cases[0]) };

START_TEST(terms)
{
	const struct judged *c = &cases[_i];
	struct buyer b = { .returns_window_days = c->window_days, .returns_max_percent = c->percent, .returns_auto = reasons, .n_returns_auto = 2 };
	struct return_counts counts = { c->sold, c->returned };
	const char *why = NULL;
	enum return_state got = returns_judge(&b, SOLD_AT, str_of(c->reason), SOLD_AT + c->after, &counts, &why);

	ck_assert_msg(got == c->want, "case %d: %s, not %s", _i, return_state_name(got), return_state_name(c->want));
	ck_assert((why == NULL) == (got == RETURN_REQUESTED));
}
END_TEST

TCase *returns_tests(void)
{
	TCase *tc = tcase_create("returns");

	tcase_add_loop_test(tc, terms, 0, N_CASES);
	return tc;
}
