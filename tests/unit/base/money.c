#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/decimal.h"
#include "lib/base/money.h"
#include "tests/unit/base/suites.h"

static const int64_t UNTOUCHED = -777;

static const struct {
	const char *in;
	int64_t out; /* UNTOUCHED: refused */
} amounts[] = {
	{ "12", 120000 },
	{ "12.5", 125000 },
	{ "12.5000", 125000 },
	{ "-3.25", -32500 },
	{ "0", 0 },
	{ "-0", 0 },
	{ "0.0001", 1 },
	{ "00012", 120000 },
	{ "9999999999.9999", MONEY_MAX },
	{ "-9999999999.9999", -MONEY_MAX },
	{ "10000000000", -777 },
	{ "99999999999999999999999999", -777 },
	{ "12.50000", -777 },
	{ "12.", -777 },
	{ ".5", -777 },
	{ "", -777 },
	{ "-", -777 },
	{ "+1", -777 },
	{ " 1", -777 },
	{ "1 ", -777 },
	{ "1,000", -777 },
	{ "1e1", -777 },
	{ "$1", -777 },
	{ "1.2.3", -777 },
	{ "nan", -777 },
	{ "0x1", -777 },
	{ "\xd9\xa1", -777 },
};

START_TEST(amounts_are_read)
{
	int64_t out = UNTOUCHED;

	ck_assert_msg(money_parse(str_of(amounts[_i].in), &out) == (amounts[_i].out != UNTOUCHED), "%s", amounts[_i].in);
	ck_assert_int_eq(out, amounts[_i].out);
}
END_TEST

static const struct {
	const char *in;
	int64_t out; /* UNTOUCHED: refused */
} sums[] = {
	{ "12.5", 125000 },
	{ "10000000000", INT64_C(100000000000000) },
	{ "99999999999999.9999", MONEY_SUM_MAX },
	{ "-99999999999999.9999", -MONEY_SUM_MAX },
	{ "922337203685477.5807", INT64_MAX },
	{ "922337203685477.5808", -777 },
	{ "1.00000", -777 },
	{ "1e3", -777 },
};

START_TEST(sums_are_read)
{
	int64_t out = UNTOUCHED;

	ck_assert_msg(money_parse_sum(str_of(sums[_i].in), &out) == (sums[_i].out != UNTOUCHED), "%s", sums[_i].in);
	ck_assert_int_eq(out, sums[_i].out);
}
END_TEST

static const struct {
	const char *in;
	int64_t scale, out;
} prices[] = {
	{ "12.50", 10000, 125000 },
	{ "12", 10000, 120000 },
	{ "0", 10000, 0 },
	{ "$12.50", 10000, 125000 },
	{ "$ 12.50", 10000, 125000 },
	{ "12.50 $", 10000, 125000 },
	{ "12.50$", 10000, 125000 },
	{ "\u20ac12.50", 10000, 125000 },
	{ "12.50 \xe2\x82\xac", 10000, 125000 },
	{ "\u00a37", 10000, 70000 },
	{ "\u00a5700", 10000, 7000000 },
	{ "USD 12.50", 10000, 125000 },
	{ "USD12.50", 10000, 125000 },
	{ "12.50 USD", 10000, 125000 },
	{ "12.50USD", 10000, 125000 },
	{ "usd 12.50", 10000, 125000 },
	{ " \t12.50\r\n", 10000, 125000 },
	{ "1,234.50", 10000, 12345000 },
	{ "1,234", 10000, 12340000 },
	{ "12,345", 10000, 123450000 },
	{ "123,456,789", 10000, INT64_C(1234567890000) },
	{ "$1,234,567.89", 10000, INT64_C(12345678900) },
	{ "007.5", 10000, 75000 },
	{ ".50", 10000, 5000 },
	{ "$.50", 10000, 5000 },
	{ "12.34567", 10000, 123456 },
	{ "12.99999", 10000, 129999 },
	{ "0.00009", 10000, 0 },
	{ "9999999999.99999", 10000, MONEY_MAX },
	{ "1250", 100, 125000 },
	{ "1250.5", 100, 125050 },
	{ "1250.999", 100, 125099 },
	{ "$1,250", 100, 125000 },
	{ "1", 1, 1 },
	{ "0.9", 1, 0 },
	{ "12.34567", 1000000, 12345670 },
	{ "0.33333333333333333333", 30000, 9999 },
	{ "0.33333333333333333334", 30000, 10000 },
	{ "999999999999.99", 100, INT64_C(99999999999999) },
	{ "10000000000", 10000, -777 },
	{ "1000000000000", 100, -777 },
	{ "99999999999999999999999999999999999999999999999999", 10000, -777 },
	{ "5", INT64_MAX, -777 },
	{ "12.50", 0, -777 },
	{ "12.50", -100, -777 },
	{ "", 10000, -777 },
	{ "$", 10000, -777 },
	{ "USD", 10000, -777 },
	{ "NaN", 10000, -777 },
	{ "Infinity", 10000, -777 },
	{ ".", 10000, -777 },
	{ "12.", 10000, -777 },
	{ "-5", 10000, -777 },
	{ "$-5", 10000, -777 },
	{ "-$5", 10000, -777 },
	{ "+5", 10000, -777 },
	{ "(5.00)", 10000, -777 },
	{ "1e1", 10000, -777 },
	{ "1E308", 10000, -777 },
	{ "12,50", 10000, -777 },
	{ "12,50 \xe2\x82\xac", 10000, -777 },
	{ "1234,567", 10000, -777 },
	{ "1,23,456", 10000, -777 },
	{ "1,2345", 10000, -777 },
	{ "0,125", 10000, -777 },
	{ ",123", 10000, -777 },
	{ "1,", 10000, -777 },
	{ "1,,234", 10000, -777 },
	{ "1,234,", 10000, -777 },
	{ "1.5,000", 10000, -777 },
	{ "1.234.567", 10000, -777 },
	{ "1 234.50", 10000, -777 },
	{ "1'234", 10000, -777 },
	{ "$12.50 USD", 10000, -777 },
	{ "USD $12.50", 10000, -777 },
	{ "US 12.50", 10000, -777 },
	{ "USDT 12.50", 10000, -777 },
	{ "12.50 USDT", 10000, -777 },
	{ "12.50 per lead", 10000, -777 },
	{ "$$5", 10000, -777 },
	{ "5 5", 10000, -777 },
	{ "0x10", 10000, -777 },
	{ "12.50\xff", 10000, -777 },
	{ "\37712.50", 10000, -777 },
	{ "\xef\xbc\x91\xef\xbc\x92", 10000, -777 },
	{ "0000000000000000000000000000000000000000000000000000000000000000001", 10000, -777 },
};

START_TEST(price_texts_are_read)
{
	int64_t out = UNTOUCHED;
	bool good = money_parse_price(str_of(prices[_i].in), false, prices[_i].scale, &out);

	ck_assert_msg(good == (prices[_i].out != UNTOUCHED), "%s", prices[_i].in);
	ck_assert_msg(out == prices[_i].out, "%s: %lld", prices[_i].in, (long long)out);
}
END_TEST

static const struct {
	const char *in;
	int64_t scale, out;
} json_prices[] = {
	{ "12.5", 10000, 125000 },
	{ "0", 10000, 0 },
	{ "-0.0", 10000, 0 },
	{ "1e1", 10000, 100000 },
	{ "1.5E2", 10000, 1500000 },
	{ "125e-1", 10000, 125000 },
	{ "12.500000000000001", 10000, 125000 },
	{ "1250", 100, 125000 },
	{ "1.25e3", 100, 125000 },
	{ "0.1e-400", 10000, 0 },
	{ "0e99999999999999999999", 10000, 0 },
	{ "0.00000000000000000000000000000000000001e40", 10000, 1000000 },
	{ "1e308", 10000, -777 },
	{ "1e99999999999999999999", 10000, -777 },
	{ "-5", 10000, -777 },
	{ "-0.0001", 10000, -777 },
	{ "10000000000", 10000, -777 },
	{ "$5", 10000, -777 },
	{ "1,000", 10000, -777 },
	{ " 5", 10000, -777 },
	{ "05", 10000, -777 },
	{ ".5", 10000, -777 },
	{ "5.", 10000, -777 },
	{ "1e", 10000, -777 },
	{ "1e+", 10000, -777 },
	{ "NaN", 10000, -777 },
	{ "", 10000, -777 },
};

START_TEST(price_numbers_are_read)
{
	int64_t out = UNTOUCHED;
	bool good = money_parse_price(str_of(json_prices[_i].in), true, json_prices[_i].scale, &out);

	ck_assert_msg(good == (json_prices[_i].out != UNTOUCHED), "%s", json_prices[_i].in);
	ck_assert_msg(out == json_prices[_i].out, "%s: %lld", json_prices[_i].in, (long long)out);
}
END_TEST

static const struct {
	int64_t amount;
	const char *text;
} texts[] = {
	{ 0, "0.00" },
	{ 1, "0.0001" },
	{ 10, "0.001" },
	{ 100, "0.01" },
	{ 1234, "0.1234" },
	{ 125000, "12.50" },
	{ 125010, "12.501" },
	{ -30000, "-3.00" },
	{ -1, "-0.0001" },
	{ 10000, "1.00" },
	{ MONEY_MAX, "9999999999.9999" },
	{ INT64_MIN, "-922337203685477.5808" },
};

START_TEST(amounts_are_printed)
{
	struct arena *a = arena_new(1 << 16);
	struct buf b;

	ck_assert_str(money_text(a, texts[_i].amount), texts[_i].text);
	buf_in(&b, a, strlen(texts[_i].text));
	ck_assert_int_eq(money_add(&b, texts[_i].amount), 0);
	ck_assert_int_eq(money_add(&b, texts[_i].amount), -1);
	ck_assert_str(buf_str(&b), texts[_i].text);
	arena_free(&a);
}
END_TEST

static const struct {
	int64_t amount, percent, out;
} shares[] = {
	{ 125000, 800000, 100000 },
	{ 125000, 1000000, 125000 },
	{ 125000, 0, 0 },
	{ 1, 500000, 0 }, /* a half goes to the even 0 */
	{ 3, 500000, 2 }, /* 1.5 goes to 2 */
	{ 5, 500000, 2 }, /* 2.5 goes to 2 */
	{ 7, 500000, 4 },
	{ -1, 500000, 0 },
	{ -3, 500000, -2 },
	{ -5, 500000, -2 },
	{ 1, 500001, 1 },
	{ 1, 499999, 0 },
	{ 3, -500000, -2 },
	{ 1, 1, 0 },
	{ 333333, 333333, 111111 },
	{ MONEY_MAX, 1000000, MONEY_MAX },
	{ MONEY_MAX, 999999, INT64_C(99999899999999) },
	{ MONEY_MAX, 100000000, INT64_C(9999999999999900) },
};

START_TEST(percentages_round_half_to_even)
{
	ck_assert_int_eq(money_percent(shares[_i].amount, shares[_i].percent), shares[_i].out);
}
END_TEST

/* Seller's share and platform's share of any price add up, whatever the percentage: no ten-thousandth is made or lost. */
START_TEST(shares_never_exceed_the_price)
{
	for (int64_t percent = 0; percent <= 1000000; percent += 77773)
		for (int64_t amount = 0; amount < 30000; amount += 7) {
			int64_t share = money_percent(amount, percent);

			must(share >= 0 && share <= amount, "%lld of %lld", (long long)share, (long long)amount);
			must(llabs(share * 1000000 - amount * percent) <= 500000, "%lld of %lld", (long long)share,
			    (long long)amount);
		}
}
END_TEST

START_TEST(a_decimal_is_cut_exactly)
{
	struct decimal d;
	int64_t out;
	bool cut;

	ck_assert(decimal_parse_json(STR("-1234.56789e2"), &d));
	ck_assert(decimal_scaled(&d, 100, &cut, &out));
	ck_assert_int_eq(out, -12345678);
	ck_assert(cut);
	ck_assert(decimal_scaled(&d, 1000, &cut, &out));
	ck_assert_int_eq(out, -123456789);
	ck_assert(!cut);
	ck_assert(decimal_parse_plain(STR("9223372036854775807"), &d));
	ck_assert(decimal_scaled(&d, 1, &cut, &out));
	ck_assert_int_eq(out, INT64_MAX);
	ck_assert(!decimal_scaled(&d, 2, &cut, &out));
	ck_assert(decimal_parse_plain(STR("0.000"), &d));
	ck_assert(decimal_scaled(&d, 1, &cut, &out));
	ck_assert(!cut);
	ck_assert(!decimal_parse_plain((struct str){ NULL, 0 }, &d));
	ck_assert(!decimal_parse_json((struct str){ NULL, 0 }, &d));
}
END_TEST

TCase *money_cases(void)
{
	TCase *c = tcase_create("money");

	tcase_add_loop_test(c, amounts_are_read, 0, N_OF(amounts));
	tcase_add_loop_test(c, sums_are_read, 0, N_OF(sums));
	tcase_add_loop_test(c, price_texts_are_read, 0, N_OF(prices));
	tcase_add_loop_test(c, price_numbers_are_read, 0, N_OF(json_prices));
	tcase_add_loop_test(c, amounts_are_printed, 0, N_OF(texts));
	tcase_add_loop_test(c, percentages_round_half_to_even, 0, N_OF(shares));
	tcase_add_test(c, shares_never_exceed_the_price);
	tcase_add_test(c, a_decimal_is_cut_exactly);
	return c;
}
