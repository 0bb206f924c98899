#include "lib/exchange/holding.h"

#include "lib/exchange/steps.h"
#include "lib/store/holding.h"
#include "lib/store/ledger.h"

/* What counts against a cap on spend: to a buyer what it pays, to a seller what it gets. */
static int64_t spend_of(const struct cap_window *w, const struct sale_row *sale)
{
	return w->owner == CAP_SELLER ? sale->price : sale->cost;
}

struct refusal holding_refusal(const struct cap_window *w, int64_t leads)
{
	static const enum rule rules[] = { [CAP_CONTRACT] = RULE_CAP, [CAP_BUYER] = RULE_BUYER_CAP, [CAP_SELLER] = RULE_NONE };
	bool by_leads = w->leads >= 0 && leads >= w->leads;
	struct refusal why = { REASON_CAP_SPEND, rules[w->owner], by_leads ? w->leads_cap : w->spend_cap };

	if (w->owner == CAP_SELLER)
		why.code = REASON_SELLER_CAP;
	else if (by_leads)
		why.code = w->on == CAP_SENT ? REASON_CAP_SENT : REASON_CAP_SOLD;
	return why;
}

size_t holding_windows(const struct contract *c, const struct seller *own, uint32_t seller_id, int64_t wall_us, struct cap_window *out)
{
	size_t n = 0;

	if (c != NULL) {
		n += cap_windows(c->caps, c->n_caps, CAP_CONTRACT, c->id, seller_id, c->schedule != NULL ? schedule_zone(c->schedule) : NULL, wall_us,
		    out);
		n += cap_windows(c->buyer->caps, c->buyer->n_caps, CAP_BUYER, c->buyer->id, seller_id, NULL, wall_us, out + n);
	}
	if (own != NULL)
		n += cap_windows(own->caps, own->n_caps, CAP_SELLER, own->id, seller_id, NULL, wall_us, out + n);
	return n;
}

int64_t holding_floor(const struct buyer *b)
{
	return b->funding == FUNDING_CREDIT ? -b->credit_limit : 0;
}

static int refused_by(struct db *db, struct arena *a, const struct cap_window *w, struct refusal *why, struct err *e)
{
	int64_t leads, spend;

	if (holding_store_level(db, a, w, &leads, &spend, e) != 0)
		return -1;
	*why = holding_refusal(w, leads);
	return 1;
}

static int take_caps(struct db *db, struct arena *a, const struct cap_window *list, size_t n, const struct sale_row *sale,
    struct refusal *why, struct err *e)
{
	int64_t spend[CAP_WINDOWS_MAX];

	for (size_t i = 0; i < n; i++) {
		spend[i] = spend_of(&list[i], sale);
		switch (holding_store_take(db, &list[i], spend[i], e)) {
		case FOUND_YES:
			break;
		case FOUND_NO:
			return refused_by(db, a, &list[i], why, e);
		default:
			return -1;
		}
	}
	return holding_store_keep(db, sale->id, list, spend, n, e);
}

static int take_funds(struct db *db, const struct buyer *b, const struct sale_row *sale, struct refusal *why, struct err *e)
{
	enum found held;

	if (b->funding == FUNDING_NONE)
		return 0;
	held = holding_store_hold_funds(db, sale->id, b->id, sale->currency, sale->cost, holding_floor(b), e);
	if (held == FOUND_NO)
		*why = (struct refusal){ REASON_NO_FUNDS, RULE_FUNDING, 0 };
	return held == FOUND_YES ? 0 : held == FOUND_NO ? 1 : -1;
}

int holding_take(struct db *db, struct arena *a, const struct contract *c, const struct seller *seller, const struct sale_row *sale,
    struct refusal *why, struct err *e)
{
	struct cap_window list[CAP_WINDOWS_MAX];
	size_t n;
	int r;

	*why = (struct refusal){ REASON_NONE, RULE_NONE, 0 };
	if (sale->sandbox)
		return 0;
	n = holding_windows(c, seller, seller->id, sale->created_at, list);
	r = take_caps(db, a, list, n, sale, why, e);
	return r != 0 ? r : take_funds(db, c->buyer, sale, why, e);
}

static const struct contract *contract_of(const struct catalog *c, uint32_t buyer_id, uint32_t id)
{
	for (size_t i = 0; i < c->n_buyers; i++)
		for (size_t k = 0; c->buyers[i].id == buyer_id && k < c->buyers[i].n_contracts; k++)
			if (c->buyers[i].contracts[k].id == id)
				return &c->buyers[i].contracts[k];
	return NULL;
}

static bool is_same(const struct cap_window *a, const struct cap_window *b)
{
	return a->owner == b->owner && a->owner_id == b->owner_id && a->seller_id == b->seller_id && a->on == b->on && a->per == b->per &&
	    a->starts_at == b->starts_at;
}

int holding_take_again(struct db *db, struct arena *a, const struct catalog *catalog, const struct sale_row *sale, struct refusal *why, struct err *e)
{
	const struct contract *c = contract_of(catalog, sale->buyer_id, sale->contract_id);
	struct cap_window list[CAP_WINDOWS_MAX], limits[CAP_WINDOWS_MAX];
	int64_t spend[CAP_WINDOWS_MAX];
	size_t n, n_limits;
	enum found taken;

	*why = (struct refusal){ REASON_NONE, RULE_NONE, 0 };
	if (sale->sandbox)
		return 0;
	n_limits = holding_windows(c, catalog_seller(catalog, sale->seller_id), sale->seller_id, sale->created_at, limits);
	if (holding_store_given(db, a, sale->id, list, spend, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n_limits; k++)
			if (is_same(&list[i], &limits[k]))
				list[i] = limits[k];
		taken = holding_store_take(db, &list[i], spend[i], e);
		if (taken != FOUND_YES)
			return taken == FOUND_ERR ? -1 : refused_by(db, a, &list[i], why, e);
	}
	if (holding_store_retake(db, sale->id, e) != 0)
		return -1;
	if (c == NULL || c->buyer->funding == FUNDING_NONE)
		return 0;
	taken = holding_store_can_pay(db, sale->buyer_id, sale->currency, sale->cost, holding_floor(c->buyer), e);
	if (taken == FOUND_NO)
		*why = (struct refusal){ REASON_NO_FUNDS, RULE_FUNDING, 0 };
	return taken == FOUND_YES ? 0 : taken == FOUND_NO ? 1 : -1;
}

static bool is_charged(enum sale_state s)
{
	return s == SALE_ACCEPTED || s == SALE_CONVERTED;
}

static int move_money(struct db *db, const struct sale_row *sale, enum ledger_event event, int64_t now, struct err *e)
{
	struct ledger_sale entry = { .attempt_id = sale->id, .buyer_id = sale->buyer_id, .seller_id = sale->seller_id, .cost = sale->cost,
		.price = sale->price, .currency = sale->currency, .now = now };

	return ledger_store_write(db, &entry, event, e);
}

int holding_settle(struct db *db, const struct sale_row *sale, enum sale_state to, bool sent, int64_t now, struct err *e)
{
	bool was = is_charged(sale->state), is = is_charged(to);

	if (sale->sandbox || sale->state == to)
		return 0;
	if (to == SALE_REJECTED && holding_store_give_back(db, sale->id, sent ? CAP_SOLD : CAP_SENT, now, e) != 0)
		return -1;
	/* What was held is free, or is what the charge takes. */
	if ((to == SALE_REJECTED || is) && holding_store_release_funds(db, sale->id, now, e) != 0)
		return -1;
	if (was == is)
		return 0;
	return move_money(db, sale, is ? LEDGER_SALE : LEDGER_RETURN, now, e);
}
