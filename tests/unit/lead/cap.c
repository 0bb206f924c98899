#include "lib/lead/cap.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "tests/unit/lead/suites.h"

enum { CONTRACT = 7, SELLER = 3 };

static int64_t instant(const char *text)
{
	int64_t out;

	ck_assert_msg(clock_parse_rfc3339(str_of(text), &out), "%s", text);
	return out;
}

/* The windows of these caps, as "seller/on/per leads:spend" (limits and whose they are), in their order. */
static const char *windows_of(struct arena *a, const char *text, const char *at)
{
	struct value v = doc(a, text);
	struct cap_window list[CAPS_MAX];
	struct cap *caps;
	struct faults f;
	struct str out = STR("");
	size_t n;

	faults_init(&f, a);
	ck_assert_int_eq(caps_compile(a, &v, PATH_ROOT, &f, &caps, &n), 0);
	n = cap_windows(caps, n, CAP_CONTRACT, CONTRACT, SELLER, NULL, instant(at), list);
	for (size_t i = 0; i < n; i++) {
		const struct cap_window *w = &list[i];

		ck_assert(w->owner == CAP_CONTRACT && w->owner_id == CONTRACT);
		out = arena_printf(a, "%.*s%s%u/%s/%d %lld:%lld", STR_ARG(out), i > 0 ? "; " : "", w->seller_id, w->on == CAP_SENT ? "sent" : "sold",
		    (int)w->per, (long long)w->leads, (long long)w->spend);
		if (w->leads >= 0)
			out = arena_printf(a, "%.*s #%u", STR_ARG(out), w->leads_cap);
		if (w->spend >= 0)
			out = arena_printf(a, "%.*s #%u", STR_ARG(out), w->spend_cap);
	}
	return arena_cstr(a, out);
}

static const struct {
	const char *caps, *windows;
} cases[] = {
	{ "[]", "" },
	{ "[{'on':'sold','per':'day','leads':5}]", "0/sold/1 5:-1 #0" },
	/* What counts the same in the same window is one: the least limit holds, whoever said it. */
	{ "[{'on':'sold','per':'day','leads':5},{'on':'sold','per':'day','spend':'9'}]", "0/sold/1 5:90000 #0 #1" },
	{ "[{'on':'sold','per':'day','leads':5,'spend':'7'},{'on':'sold','per':'day','leads':4,'spend':'8'}]", "0/sold/1 4:70000 #1 #0" },
	/* In the order of the table's key, whatever the document's. */
	{ "[{'on':'sold','per':'total','leads':1},{'on':'sold','per':'hour','leads':2},{'on':'sent','per':'month','leads':3}]",
	    "0/sent/3 3:-1 #2; 0/sold/0 2:-1 #1; 0/sold/4 1:-1 #0" },
	{ "[{'on':'sent','per':'day','leads':1,'by':'seller'},{'on':'sold','per':'day','leads':2}]", "0/sold/1 2:-1 #1; 3/sent/1 1:-1 #0" },
	{ "[{'on':'sold','per':'day','leads':1,'by':'seller'},{'on':'sold','per':'day','leads':2}]", "0/sold/1 2:-1 #1; 3/sold/1 1:-1 #0" },
	{ "[{'on':'sold','per':'day','leads':0}]", "0/sold/1 0:-1 #0" },
};

START_TEST(a_sale_counts_once_in_each_window)
{
	struct arena *a = arena_new(1 << 20);

	ck_assert_str_eq(windows_of(a, cases[_i].caps, "2026-11-27T23:30:00Z"), cases[_i].windows);
	arena_free(&a);
}
END_TEST

START_TEST(windows_begin_with_their_period)
{
	static const struct cap caps[] = { { .per = CAP_HOUR, .leads = 1 }, { .per = CAP_DAY, .leads = 1 }, { .per = CAP_WEEK, .leads = 1 },
		{ .per = CAP_MONTH, .leads = 1 }, { .per = CAP_TOTAL, .leads = 1 } };
	/* A Friday evening in Los Angeles is Saturday in UTC. */
	static const char *const utc[] = { "2026-11-28T03:00:00Z", "2026-11-28T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-01T00:00:00Z",
		"1970-01-01T00:00:00Z" };
	static const char *const there[] = { "2026-11-28T03:00:00Z", "2026-11-27T08:00:00Z", "2026-11-23T08:00:00Z", "2026-11-01T07:00:00Z",
		"1970-01-01T00:00:00Z" };
	struct arena *a = arena_new(1 << 20);
	struct cap_window list[N_OF(caps)];
	const struct zone *z;
	struct err e;

	ck_assert_int_eq(zone_load(a, STR("America/Los_Angeles"), &z, &e), 0);
	ck_assert_uint_eq(cap_windows(caps, N_OF(caps), CAP_BUYER, 1, 1, NULL, instant("2026-11-28T03:59:59Z"), list), N_OF(caps));
	for (int i = 0; i < N_OF(caps); i++)
		ck_assert_int_eq(list[i].starts_at, instant(utc[i]));
	cap_windows(caps, N_OF(caps), CAP_BUYER, 1, 1, z, instant("2026-11-28T03:59:59Z"), list);
	for (int i = 0; i < N_OF(caps); i++)
		ck_assert_int_eq(list[i].starts_at, instant(there[i]));
	arena_free(&a);
}
END_TEST

static const struct {
	int64_t most_leads, most_spend, leads, spent, spend;
	bool room;
} rooms[] = {
	{ -1, -1, 1000000, 1000000, 1000000, true },
	{ 5, -1, 4, 0, 10, true },
	{ 5, -1, 5, 0, 10, false },
	{ 5, -1, 6, 0, 10, false },   /* the cap was lowered meanwhile */
	{ 0, -1, 0, 0, 10, false },
	{ -1, 100, 7, 90, 10, true },
	{ -1, 100, 7, 91, 10, false },
	{ -1, 0, 0, 0, 1, false },
	{ 5, 100, 4, 91, 10, false },
	{ 5, 100, 5, 0, 10, false },
};

START_TEST(a_window_has_room_or_not)
{
	struct cap_window w = { .leads = rooms[_i].most_leads, .spend = rooms[_i].most_spend };

	ck_assert(cap_has_room(&w, rooms[_i].leads, rooms[_i].spent, rooms[_i].spend) == rooms[_i].room);
}
END_TEST

TCase *cap_cases(void)
{
	TCase *tc = tcase_create("cap");

	tcase_add_loop_test(tc, a_sale_counts_once_in_each_window, 0, N_OF(cases));
	tcase_add_test(tc, windows_begin_with_their_period);
	tcase_add_loop_test(tc, a_window_has_room_or_not, 0, N_OF(rooms));
	return tc;
}
