/*
 * alerts: what an operator should hear of before it costs something: caps that are nearly used up, buyers whose funds run out. Each is raised
 * once: a cap in its window, funds until they are enough again.
 */
#include "fcgi-app/jobs/jobs.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/store/holding.h"
#include "lib/store/outbox.h"
#include "lib/wire/json.h"

enum { DATA_MAX = 4096, ENOUGH_PERCENT = 110 };

struct watch {
	struct jobs *j;
	const struct catalog *catalog;
	int64_t now;
};

static const struct contract *contract_of(const struct catalog *c, uint32_t id)
{
	for (size_t i = 0; i < c->n_buyers; i++)
		for (size_t k = 0; k < c->buyers[i].n_contracts; k++)
			if (c->buyers[i].contracts[k].id == id)
				return &c->buyers[i].contracts[k];
	return NULL;
}

/* Whose caps a window is of. */
struct capped {
	const char *kind;
	struct str key;
	const struct cap *caps;
	size_t n;
	const struct zone *zone;
};

static bool find_capped(const struct catalog *c, const struct holding_level *l, struct capped *out)
{
	const struct contract *contract = l->owner == CAP_CONTRACT ? contract_of(c, l->owner_id) : NULL;
	const struct buyer *buyer = l->owner == CAP_BUYER ? catalog_buyer(c, l->owner_id) : NULL;
	const struct seller *seller = l->owner == CAP_SELLER ? catalog_seller(c, l->owner_id) : NULL;

	if (contract != NULL)
		*out = (struct capped){ "contract", contract->key, contract->caps, contract->n_caps,
			contract->schedule != NULL ? schedule_zone(contract->schedule) : NULL };
	else if (buyer != NULL)
		*out = (struct capped){ "buyer", buyer->key, buyer->caps, buyer->n_caps, NULL };
	else if (seller != NULL)
		*out = (struct capped){ "seller", seller->key, seller->caps, seller->n_caps, NULL };
	return contract != NULL || buyer != NULL || seller != NULL;
}

static bool is_near(int64_t used, int64_t cap, int percent)
{
	return cap > 0 && (__int128)used * 100 >= (__int128)cap * percent;
}

static int raise_cap(struct watch *w, const struct capped *o, const struct cap *cap, const struct holding_level *l, bool spend, struct err *e)
{
	static const char *const per[CAP_PER__N] = { "hour", "day", "week", "month", "total" };
	const struct seller *by = cap->by_seller && l->seller_id != 0 ? catalog_seller(w->catalog, l->seller_id) : NULL;
	struct arena *a = w->j->arena;
	struct str subject = arena_printf(a, "%s:%.*s", o->kind, STR_ARG(o->key)), about;
	struct json_out j;
	struct buf b;
	enum found found;

	buf_in(&b, a, DATA_MAX);
	j = json_out(&b);
	json_open(&j, NULL, '{');
	json_text(&j, "subject", subject);
	json_cstr(&j, "on", cap->on == CAP_SENT ? "sent" : "sold");
	json_cstr(&j, "per", per[cap->per]);
	if (by != NULL)
		json_text(&j, "seller", by->key);
	json_cstr(&j, "limit", spend ? "spend" : "leads");
	if (spend) {
		json_money(&j, "used", l->spend);
		json_money(&j, "cap", cap->spend);
	} else {
		json_int(&j, "used", l->leads);
		json_int(&j, "cap", cap->leads);
	}
	if (cap->per == CAP_TOTAL)
		json_nil(&j, "since");
	else
		json_text(&j, "since", clock_rfc3339_ms(a, l->starts_at));
	json_close(&j, '}');
	/* Another limit is another cap: raised within its window, it is told of again. */
	about = arena_printf(a, "%.*s %d %d %u %s %lld", STR_ARG(subject), (int)cap->on, (int)cap->per, l->seller_id, spend ? "spend" : "leads",
	    (long long)(spend ? cap->spend : cap->leads));
	found = outbox_alert(w->j->db, "cap.near", about, cap->per == CAP_TOTAL ? STR("total") : clock_rfc3339_ms(a, l->starts_at), buf_str(&b), w->now, e);
	return found == FOUND_ERR ? -1 : 0;
}

static int watch_window(struct watch *w, const struct holding_level *l, int percent, struct err *e)
{
	struct capped o;

	if (!find_capped(w->catalog, l, &o))
		return 0;
	for (size_t i = 0; i < o.n; i++) {
		const struct cap *cap = &o.caps[i];

		if (cap->on != l->on || cap->per != l->per || cap->by_seller != (l->seller_id != 0) ||
		    cap_window_start(cap, o.zone, w->now) != l->starts_at)
			continue;
		if ((is_near(l->leads, cap->leads, percent) && raise_cap(w, &o, cap, l, false, e) != 0) ||
		    (is_near(l->spend, cap->spend, percent) && raise_cap(w, &o, cap, l, true, e) != 0))
			return -1;
	}
	return 0;
}

static int watch_caps(struct watch *w, int percent, struct err *e)
{
	struct holding_level *levels;
	size_t n;

	if (percent == 0)
		return 0;
	if (holding_store_levels(w->j->db, w->j->arena, w->now, &levels, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (watch_window(w, &levels[i], percent, e) != 0)
			return -1;
	return 0;
}

/* Raised below the threshold; a little more than it, and the next time counts as new. */
static int watch_balance(struct watch *w, const struct buyer *b, const char *currency, int64_t left, int64_t below, struct err *e)
{
	struct str subject = arena_printf(w->j->arena, "buyer:%.*s", STR_ARG(b->key));
	struct str about = arena_printf(w->j->arena, "%.*s %s", STR_ARG(subject), currency);
	enum found found = FOUND_NO;
	struct json_out j;
	struct buf data;

	if (left >= below / 100 * ENOUGH_PERCENT)
		return outbox_alert_over(w->j->db, "funds.low", about, e);
	if (left >= below)
		return 0;
	buf_in(&data, w->j->arena, DATA_MAX);
	j = json_out(&data);
	json_open(&j, NULL, '{');
	json_text(&j, "subject", subject);
	json_cstr(&j, "mode", funding_mode_name(b->funding));
	json_money(&j, "left", left);
	json_money(&j, "below", below);
	json_cstr(&j, "currency", currency);
	json_close(&j, '}');
	found = outbox_alert(w->j->db, "funds.low", about, STR("low"), buf_str(&data), w->now, e);
	return found == FOUND_ERR ? -1 : 0;
}

/* One that never paid in has no account yet, and nothing. */
static int watch_buyer(struct watch *w, const struct buyer *b, const struct holding_funds *list, size_t n, int64_t below, struct err *e)
{
	int64_t credit = b->funding == FUNDING_CREDIT ? b->credit_limit : 0;
	bool any = false;

	if (b->funding == FUNDING_NONE || b->status != STATUS_ACTIVE)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (list[i].buyer_id != b->id)
			continue;
		any = true;
		if (watch_balance(w, b, list[i].currency, list[i].free + credit, below, e) != 0)
			return -1;
	}
	if (any || b->n_contracts == 0)
		return 0;
	return watch_balance(w, b, b->contracts[0].campaign->currency, credit, below, e);
}

static int watch_funds(struct watch *w, int below, struct err *e)
{
	struct holding_funds *list;
	size_t n;

	if (below == 0)
		return 0;
	if (holding_store_funds(w->j->db, w->j->arena, &list, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < w->catalog->n_buyers; i++)
		if (watch_buyer(w, &w->catalog->buyers[i], list, n, below * MONEY_SCALE, e) != 0)
			return -1;
	return 0;
}

int job_alerts(struct jobs *j, struct err *e)
{
	struct snapshot *snap = snapshot_take(j->app->snapshots);
	struct watch w = { .j = j, .catalog = snap->catalog, .now = clock_wall_us() };
	int bad = watch_caps(&w, j->app->settings.alert_cap_percent, e) != 0 || watch_funds(&w, j->app->settings.alert_funds_below, e) != 0;

	snapshot_give(&snap);
	return bad ? -1 : 0;
}
