#include "lib/base/money.h"
#include "lib/lead/auction.h"
#include "lib/lead/ledger.h"
#include "tests/unit/lead/suites.h"

static const struct {
	const char *doc;
	int64_t cost, price;
} payouts[] = {
	{ "{'type':'revshare','percent':'80'}", 125000, 100000 },
	{ "{'type':'revshare','percent':'0'}", 125000, 0 },
	{ "{'type':'revshare','percent':'100'}", 125001, 125001 },
	{ "{'type':'revshare','percent':'50'}", 1, 0 },  /* half of 0.0001: to even */
	{ "{'type':'revshare','percent':'50'}", 3, 2 },
	{ "{'type':'revshare','percent':'33.3333'}", 100000, 33333 },
	{ "{'type':'fixed','amount':'3.50'}", 100, 35000 },
	{ "{'type':'fixed','amount':'0'}", 100, 0 },
	{ "{'type':'margin','amount':'2.00'}", 125000, 105000 },
	{ "{'type':'margin','amount':'2.00'}", 10000, -10000 },
	{ "{'type':'margin','amount':'2.00'}", 20000, 0 },
	{ "{'type':'margin','percent':'15'}", 125000, 106250 },
	{ "{'type':'margin','percent':'100'}", 125000, 0 },
	{ "{'type':'revshare','percent':'80'}", MONEY_MAX, 79999999999999 },
};

START_TEST(a_seller_is_paid)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, payouts[_i].doc);
	struct payout p;
	struct faults f;

	faults_init(&f, a);
	ck_assert_int_eq(payout_compile(&v, PATH_ROOT, &f, &p), 0);
	ck_assert_int_eq(payout_of(&p, payouts[_i].cost), payouts[_i].price);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *doc, *faults;
} wrong[] = {
	{ "null", " invalid_field" },
	{ "{}", "/type missing_field" },
	{ "{'type':'tip'}", "/type invalid_field" },
	{ "{'type':'revshare'}", "/percent missing_field" },
	{ "{'type':'revshare','percent':80}", "/percent invalid_field" },
	{ "{'type':'revshare','percent':'101'}", "/percent invalid_field" },
	{ "{'type':'revshare','percent':'80','amount':'1'}", "/amount invalid_field" },
	{ "{'type':'fixed','percent':'80'}", "/percent invalid_field; /amount missing_field" },
	{ "{'type':'fixed','amount':'-1'}", "/amount invalid_field" },
	{ "{'type':'margin'}", "/percent missing_field" },
	{ "{'type':'margin','percent':'1','amount':'1'}", "/percent invalid_field" },
	{ "{'type':'fixed','amount':'1','note':''}", "/note unknown_member" },
};

START_TEST(every_fault_of_a_payout_is_found)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, wrong[_i].doc);
	struct payout p;
	struct faults f;

	faults_init(&f, a);
	ck_assert_int_eq(payout_compile(&v, PATH_ROOT, &f, &p), -1);
	ck_assert_msg(strcmp(shown_faults(&f), wrong[_i].faults) == 0, "%s: %s", wrong[_i].doc, shown_faults(&f));
	arena_free(&a);
}
END_TEST

static int64_t balance(const struct ledger_line *lines, size_t n, enum ledger_account account)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (account == LEDGER__N || lines[i].account == account)
			sum += lines[i].amount;
	return sum;
}

START_TEST(lines_add_up_to_zero)
{
	static const int64_t pairs[][2] = { { 125000, 100000 }, { 1, 0 }, { 0, 0 }, { 100, 100 }, { MONEY_MAX, 1 } };
	struct ledger_line lines[2 * LEDGER_LINES];

	for (int i = 0; i < N_OF(pairs); i++) {
		size_t n = ledger_sale(pairs[i][0], pairs[i][1], lines);

		ck_assert_int_eq(balance(lines, n, LEDGER__N), 0);
		ck_assert_int_eq(balance(lines, n, LEDGER_BUYER), -pairs[i][0]);
		ck_assert_int_eq(balance(lines, n, LEDGER_SELLER), pairs[i][1]);
		n += ledger_return(pairs[i][0], pairs[i][1], lines + n);
		for (int account = 0; account <= LEDGER__N; account++)
			ck_assert_int_eq(balance(lines, n, (enum ledger_account)account), 0);
		n = ledger_deposit(pairs[i][0], lines);
		ck_assert_int_eq(balance(lines, n, LEDGER__N), 0);
		ck_assert_int_eq(balance(lines, n, LEDGER_BUYER), pairs[i][0]);
	}
	ck_assert_str_eq(ledger_account_name(LEDGER_MARGIN), "margin");
}
END_TEST

TCase *money_cases(void)
{
	TCase *cases = tcase_create("money");

	tcase_add_loop_test(cases, a_seller_is_paid, 0, N_OF(payouts));
	tcase_add_loop_test(cases, every_fault_of_a_payout_is_found, 0, N_OF(wrong));
	tcase_add_test(cases, lines_add_up_to_zero);
	return cases;
}
