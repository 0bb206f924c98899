#include "lib/lead/cap.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/lead/members.h"

static const char *const on_names[] = { "sent", "sold", NULL };
static const char *const per_names[] = { "hour", "day", "week", "month", "total", NULL };
static const char *const by_names[] = { "seller", NULL };

static int compile_cap(const struct value *doc, const struct path *at, struct faults *f, struct cap *out)
{
	static const struct member_rule rules[] = {
		{ "on", MEMBER_CHOICE, .required = true, .choices = on_names },
		{ "per", MEMBER_CHOICE, .required = true, .choices = per_names },
		{ "leads", MEMBER_INT, .min = 0, .max = 1000000000 },
		{ "spend", MEMBER_MONEY },
		{ "by", MEMBER_CHOICE, .choices = by_names },
	};
	struct path leads_at = path_member(at, STR("leads"));
	int bad = members_check(doc, rules, MEMBERS_N(rules), at, f);

	if (members_get(doc, "leads") == NULL && members_get(doc, "spend") == NULL)
		bad = fault_add(f, &leads_at, "missing_field", "leads or spend is required");
	*out = (struct cap){
		.on = (enum cap_on)members_choice(doc, "on", on_names, CAP_SOLD),
		.per = (enum cap_per)members_choice(doc, "per", per_names, CAP_DAY),
		.leads = members_int(doc, "leads", -1),
		.spend = members_money(doc, "spend", -1),
		.by_seller = members_choice(doc, "by", by_names, -1) == 0,
	};
	return bad;
}

int caps_compile(struct arena *a, const struct value *doc, const struct path *at, struct faults *f, struct cap **out,
    size_t *n_out)
{
	static const struct member_rule rule = { .type = MEMBER_LIST, .max = CAPS_MAX };
	int bad = 0;

	*out = NULL;
	*n_out = 0;
	if (member_check(doc, &rule, at, f) != 0)
		return -1;
	*out = arena_array_of(a, doc->n, struct cap);
	*n_out = doc->n;
	for (size_t i = 0; i < doc->n; i++) {
		struct path here = path_index(at, i);

		bad |= compile_cap(&doc->items[i], &here, f, &(*out)[i]);
	}
	return bad != 0 ? -1 : 0;
}

int64_t cap_window_start(const struct cap *c, const struct zone *z, int64_t wall_us)
{
	struct zone_time t, begin = { 0 };
	int64_t day;

	if (c->per == CAP_TOTAL)
		return 0;
	zone_local(z, wall_us, &t);
	if (c->per == CAP_HOUR) {
		int64_t second = ((wall_us % 1000000) + 1000000) % 1000000;

		/* Counted back from now: the hour that a zone repeats in autumn is then two hours, as it is. */
		return wall_us - second - (int64_t)(t.minute * 60 + t.second) * 1000000;
	}
	day = clock_days(t.year, t.month, t.day);
	if (c->per == CAP_WEEK)
		day -= t.weekday;
	if (c->per == CAP_MONTH)
		day -= t.day - 1;
	clock_civil(day, &begin.year, &begin.month, &begin.day);
	return zone_instant(z, &begin);
}

/* By the table's key: whoever takes several windows takes them in this order. */
static int compare(const struct cap_window *a, const struct cap_window *b)
{
	if (a->seller_id != b->seller_id)
		return a->seller_id < b->seller_id ? -1 : 1;
	if (a->on != b->on)
		return a->on < b->on ? -1 : 1;
	if (a->per != b->per)
		return a->per < b->per ? -1 : 1;
	return 0;
}

static void limit(struct cap_window *w, const struct cap *c, size_t at)
{
	if (c->leads >= 0 && (w->leads < 0 || c->leads < w->leads)) {
		w->leads = c->leads;
		w->leads_cap = (uint16_t)at;
	}
	if (c->spend >= 0 && (w->spend < 0 || c->spend < w->spend)) {
		w->spend = c->spend;
		w->spend_cap = (uint16_t)at;
	}
}

size_t cap_windows(const struct cap *caps, size_t n, enum cap_owner owner, uint32_t owner_id, uint32_t seller_id, const struct zone *z,
    int64_t wall_us, struct cap_window *out)
{
	size_t n_out = 0;

	for (size_t i = 0; i < n; i++) {
		struct cap_window w = { .owner = owner, .owner_id = owner_id, .seller_id = caps[i].by_seller ? seller_id : 0, .on = caps[i].on,
			.per = caps[i].per, .leads = -1, .spend = -1 };
		size_t at = 0, k;

		while (at < n_out && compare(&out[at], &w) < 0)
			at++;
		if (at == n_out || compare(&out[at], &w) != 0) {
			w.starts_at = cap_window_start(&caps[i], z, wall_us);
			for (k = n_out++; k > at; k--)
				out[k] = out[k - 1];
			out[at] = w;
		}
		limit(&out[at], &caps[i], i);
	}
	return n_out;
}

bool cap_has_room(const struct cap_window *w, int64_t leads, int64_t spent, int64_t spend)
{
	return (w->leads < 0 || leads < w->leads) && (w->spend < 0 || spent + spend <= w->spend);
}
