#include "lib/lead/cap.h"

#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/lead/members.h"

enum { CAPS_MAX = 20 };

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
