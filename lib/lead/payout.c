#include "lib/lead/auction.h"

#include "lib/base/money.h"
#include "lib/lead/members.h"

/* The members of each type; "margin" needs one of its two. */
static const char *const type_names[] = { "revshare", "fixed", "margin", NULL };
enum { TYPE_REVSHARE, TYPE_FIXED, TYPE_MARGIN };

static int check_members(const struct value *doc, int type, const struct path *at, struct faults *f)
{
	struct path amount_at = path_member(at, STR("amount")), percent_at = path_member(at, STR("percent"));
	bool amount = members_get(doc, "amount") != NULL, percent = members_get(doc, "percent") != NULL;
	int bad = 0;

	if (type == TYPE_REVSHARE && amount)
		bad = fault_add(f, &amount_at, "invalid_field", "revshare has a percent alone");
	if (type == TYPE_FIXED && percent)
		bad = fault_add(f, &percent_at, "invalid_field", "fixed has an amount alone");
	if (type == TYPE_MARGIN && amount && percent)
		bad = fault_add(f, &percent_at, "invalid_field", "margin has an amount or a percent, not both");
	if (type == TYPE_REVSHARE && !percent)
		bad = fault_add(f, &percent_at, "missing_field", "is required");
	if (type == TYPE_MARGIN && !amount && !percent)
		bad = fault_add(f, &percent_at, "missing_field", "percent or amount is required");
	if (type == TYPE_FIXED && !amount)
		bad = fault_add(f, &amount_at, "missing_field", "is required");
	return bad;
}

int payout_compile(const struct value *doc, const struct path *at, struct faults *f, struct payout *out)
{
	static const struct member_rule rules[] = {
		{ "type", MEMBER_CHOICE, .required = true, .choices = type_names },
		{ "amount", MEMBER_MONEY },
		{ "percent", MEMBER_MONEY, .max = 100 * MONEY_SCALE },
	};
	int bad = members_check(doc, rules, MEMBERS_N(rules), at, f);
	int type = members_choice(doc, "type", type_names, -1);

	*out = (struct payout){ PAYOUT_REVSHARE, members_money(doc, "amount", 0), members_money(doc, "percent", 0) };
	if (type < 0)
		return -1;
	if (type == TYPE_FIXED)
		out->type = PAYOUT_FIXED;
	else if (type == TYPE_MARGIN)
		out->type = members_get(doc, "amount") != NULL ? PAYOUT_MARGIN_AMOUNT : PAYOUT_MARGIN_PERCENT;
	bad |= check_members(doc, type, at, f);
	return bad != 0 ? -1 : 0;
}

int64_t payout_of(const struct payout *p, int64_t cost)
{
	/* Below zero when the margin is more than the bid: below_margin. */
	int64_t price = 0;

	switch (p->type) {
	case PAYOUT_REVSHARE:
		price = money_percent(cost, p->percent);
		break;
	case PAYOUT_FIXED:
		price = p->amount;
		break;
	case PAYOUT_MARGIN_AMOUNT:
		price = cost - p->amount;
		break;
	case PAYOUT_MARGIN_PERCENT:
		price = cost - money_percent(cost, p->percent);
		break;
	}
	return price;
}
