#include "lib/base/clock.h"
#include "lib/lead/cap.h"
#include "lib/lead/schedule.h"
#include "tests/unit/lead/suites.h"

#define LA "'timezone':'America/Los_Angeles'"
#define OFFICE "'open':[{'days':['mon','tue','wed','thu','fri'],'from':'08:00','to':'20:00'}]"
#define NIGHT "'open':[{'days':['fri'],'from':'22:00','to':'02:30'}]"

static const struct {
	const char *doc, *at;
	bool open;
} times[] = {
	{ "{}", "2026-11-23T00:00:00Z", true },
	{ "{'open':[]}", "2026-11-23T12:00:00Z", false },
	/* Monday 2026-11-23; winter: UTC-8 */
	{ "{" LA "," OFFICE "}", "2026-11-23T15:59:59Z", false },
	{ "{" LA "," OFFICE "}", "2026-11-23T16:00:00Z", true },
	{ "{" LA "," OFFICE "}", "2026-11-24T03:59:59Z", true },
	{ "{" LA "," OFFICE "}", "2026-11-24T04:00:00Z", false },
	/* Monday 2026-07-06; summer: UTC-7 */
	{ "{" LA "," OFFICE "}", "2026-07-06T14:59:59Z", false },
	{ "{" LA "," OFFICE "}", "2026-07-06T15:00:00Z", true },
	{ "{" LA "," OFFICE "}", "2026-07-07T02:59:59Z", true },
	{ "{" LA "," OFFICE "}", "2026-07-07T03:00:00Z", false },
	/* Saturday there, Sunday in UTC */
	{ "{" LA "," OFFICE "}", "2026-11-28T18:00:00Z", false },
	{ "{" LA "," OFFICE ",'closed_dates':['2026-11-23']}", "2026-11-23T18:00:00Z", false },
	{ "{" LA "," OFFICE ",'closed_dates':['2026-11-23']}", "2026-11-24T18:00:00Z", true },
	{ "{'closed_dates':['2026-12-26','2026-12-25']}", "2026-12-25T23:59:59Z", false },
	{ "{'closed_dates':['2026-12-26','2026-12-25']}", "2026-12-27T00:00:00Z", true },
	{ "{" LA ",'closed_dates':['2026-12-25']}", "2026-12-25T07:59:59Z", true },
	{ "{" LA ",'closed_dates':['2026-12-25']}", "2026-12-25T08:00:00Z", false },
	/* over midnight: Friday 2026-11-27 */
	{ "{" NIGHT "}", "2026-11-27T21:59:59Z", false },
	{ "{" NIGHT "}", "2026-11-27T22:00:00Z", true },
	{ "{" NIGHT "}", "2026-11-28T02:29:59Z", true },
	{ "{" NIGHT "}", "2026-11-28T02:30:00Z", false },
	{ "{" NIGHT "}", "2026-11-27T01:00:00Z", false },
	{ "{" NIGHT "}", "2026-11-28T22:30:00Z", false },
	{ "{" NIGHT ",'closed_dates':['2026-11-28']}", "2026-11-28T01:00:00Z", false },
	{ "{" NIGHT ",'closed_dates':['2026-11-27']}", "2026-11-28T01:00:00Z", true },
	{ "{'open':[{'days':['sun'],'from':'23:00','to':'01:00'}]}", "2026-11-30T00:30:00Z", true }, /* Sunday into Monday */
	{ "{'open':[{'days':['mon'],'from':'00:00','to':'24:00'}]}", "2026-11-23T23:59:59Z", true },
	{ "{'open':[{'days':['mon'],'from':'00:00','to':'24:00'}]}", "2026-11-24T00:00:00Z", false },
	{ "{'open':[{'days':['mon'],'from':'20:00','to':'00:00'}]}", "2026-11-23T23:59:00Z", true },
	{ "{'open':[{'days':['mon'],'from':'20:00','to':'00:00'}]}", "2026-11-24T00:00:00Z", false },
	{ "{'open':[{'from':'09:00','to':'10:00'}]}", "2026-11-28T09:30:00Z", true },
	{ "{'open':[{'from':'09:00','to':'10:00'},{'from':'11:00','to':'12:00'}]}", "2026-11-28T11:30:00Z", true },
	{ "{'open':[{'from':'09:00','to':'10:00'},{'from':'11:00','to':'12:00'}]}", "2026-11-28T10:30:00Z", false },
	/* The night that loses 02:00-03:00 (2026-03-08), and the one that has 01:00-02:00 twice (2026-11-01) */
	{ "{" LA ",'open':[{'from':'02:00','to':'03:00'}]}", "2026-03-08T09:59:59Z", false },
	{ "{" LA ",'open':[{'from':'02:00','to':'03:00'}]}", "2026-03-08T10:00:00Z", false },
	{ "{" LA ",'open':[{'from':'03:00','to':'04:00'}]}", "2026-03-08T10:00:00Z", true },
	{ "{" LA ",'open':[{'from':'01:00','to':'02:00'}]}", "2026-11-01T08:30:00Z", true },
	{ "{" LA ",'open':[{'from':'01:00','to':'02:00'}]}", "2026-11-01T09:30:00Z", true },
	{ "{" LA ",'open':[{'from':'01:00','to':'02:00'}]}", "2026-11-01T10:00:00Z", false },
	{ "{'timezone':'Asia/Kolkata','open':[{'from':'09:00','to':'10:00'}]}", "2026-11-23T03:30:00Z", true },
};

static int64_t instant(const char *text)
{
	int64_t us;

	ck_assert(clock_parse_rfc3339(str_of(text), &us));
	return us;
}

START_TEST(a_schedule_is_open)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, times[_i].doc);
	const struct schedule *s;
	struct faults f;

	faults_init(&f, a);
	ck_assert_msg(schedule_compile(a, &v, PATH_ROOT, &f, &s) == 0, "%s", shown_faults(&f));
	ck_assert_msg(schedule_is_open(s, instant(times[_i].at)) == times[_i].open, "%s at %s", times[_i].doc, times[_i].at);
	arena_free(&a);
}
END_TEST

START_TEST(no_schedule_is_always_open)
{
	ck_assert(schedule_is_open(NULL, 0));
	ck_assert_ptr_null(schedule_zone(NULL));
}
END_TEST

static const struct {
	const char *doc, *faults;
} wrong[] = {
	{ "[]", " invalid_field" },
	{ "{'zone':'UTC'}", "/zone unknown_member" },
	{ "{'timezone':'Mars/Olympus'}", "/timezone invalid_field" },
	{ "{'timezone':'../../etc/passwd'}", "/timezone invalid_field" },
	{ "{'open':[{'days':['mo'],'from':'08:00','to':'20:00'}]}", "/open/0/days/0 invalid_field" },
	{ "{'open':[{'days':[],'from':'08:00','to':'20:00'}]}", "/open/0/days invalid_field" },
	{ "{'open':[{'from':'8:00','to':'25:00'}]}", "/open/0/from invalid_field; /open/0/to invalid_field" },
	{ "{'open':[{'from':'24:00','to':'24:30'}]}", "/open/0/from invalid_field; /open/0/to invalid_field" },
	{ "{'open':[{'from':'08:00','to':'08:00'}]}", "/open/0/to invalid_field" },
	{ "{'open':[{'from':'08:60','to':'09:00'}]}", "/open/0/from invalid_field" },
	{ "{'open':[{}]}", "/open/0/from missing_field; /open/0/to missing_field" },
	{ "{'open':[7],'closed_dates':['2026-02-30','2026-01-01',5]}",
	  "/closed_dates/0 invalid_field; /closed_dates/2 invalid_field; /open/0 invalid_field" },
};

START_TEST(every_fault_of_a_schedule_is_found)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, wrong[_i].doc);
	const struct schedule *s;
	struct faults f;

	faults_init(&f, a);
	ck_assert_int_eq(schedule_compile(a, &v, PATH_ROOT, &f, &s), -1);
	ck_assert_msg(strcmp(shown_faults(&f), wrong[_i].faults) == 0, "%s: %s", wrong[_i].doc, shown_faults(&f));
	arena_free(&a);
}
END_TEST

static const struct {
	enum cap_per per;
	const char *zone, *at, *start;
} windows[] = {
	{ CAP_HOUR, "UTC", "2026-11-23T12:34:56.789Z", "2026-11-23T12:00:00Z" },
	{ CAP_HOUR, "UTC", "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z" },
	{ CAP_HOUR, "Asia/Kolkata", "2026-11-23T12:34:56Z", "2026-11-23T12:30:00Z" },
	{ CAP_HOUR, "America/Los_Angeles", "2026-11-01T08:30:00Z", "2026-11-01T08:00:00Z" },
	{ CAP_HOUR, "America/Los_Angeles", "2026-11-01T09:30:00Z", "2026-11-01T09:00:00Z" },
	{ CAP_DAY, "UTC", "2026-11-23T23:59:59Z", "2026-11-23T00:00:00Z" },
	{ CAP_DAY, "America/Los_Angeles", "2026-11-23T07:59:59Z", "2026-11-22T08:00:00Z" },
	{ CAP_DAY, "America/Los_Angeles", "2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z" },
	{ CAP_DAY, "America/Los_Angeles", "2026-11-02T07:59:59Z", "2026-11-01T07:00:00Z" }, /* the day of 25 hours */
	{ CAP_DAY, "America/Los_Angeles", "2026-03-09T06:59:59Z", "2026-03-08T08:00:00Z" }, /* of 23 */
	{ CAP_WEEK, "UTC", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z" },
	{ CAP_WEEK, "UTC", "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z" },
	{ CAP_WEEK, "UTC", "2026-01-01T12:00:00Z", "2025-12-29T00:00:00Z" },
	{ CAP_WEEK, "America/Los_Angeles", "2026-11-23T07:00:00Z", "2026-11-16T08:00:00Z" },
	{ CAP_WEEK, "America/Los_Angeles", "2026-11-01T20:00:00Z", "2026-10-26T07:00:00Z" },
	{ CAP_MONTH, "UTC", "2026-11-30T23:59:59Z", "2026-11-01T00:00:00Z" },
	{ CAP_MONTH, "America/Los_Angeles", "2026-12-01T07:00:00Z", "2026-11-01T07:00:00Z" },
	{ CAP_MONTH, "UTC", "2024-02-29T00:00:00Z", "2024-02-01T00:00:00Z" },
	{ CAP_TOTAL, "America/Los_Angeles", "2026-11-23T12:00:00Z", "1970-01-01T00:00:00Z" },
};

START_TEST(a_window_begins)
{
	struct arena *a = arena_new(1 << 20);
	struct cap cap = { .per = windows[_i].per };
	const struct zone *z;

	ck_assert_int_eq(zone_load(a, str_of(windows[_i].zone), &z, NULL), 0);
	ck_assert_int_eq(cap_window_start(&cap, z, instant(windows[_i].at)), instant(windows[_i].start));
	if (strcmp(windows[_i].zone, "UTC") == 0)
		ck_assert_int_eq(cap_window_start(&cap, NULL, instant(windows[_i].at)), instant(windows[_i].start));
	arena_free(&a);
}
END_TEST

static const struct {
	const char *doc, *faults;
} caps[] = {
	{ "[]", "" },
	{ "[{'on':'sold','per':'day','leads':100,'spend':'2500.00'},{'on':'sent','per':'hour','leads':0,'by':'seller'}]", "" },
	{ "{}", " invalid_field" },
	{ "[{}]", "/0/on missing_field; /0/per missing_field; /0/leads missing_field" },
	{ "[{'on':'sold','per':'day'}]", "/0/leads missing_field" },
	{ "[{'on':'won','per':'year','leads':-1}]", "/0/on invalid_field; /0/per invalid_field; /0/leads invalid_field" },
	{ "[{'on':'sold','per':'day','spend':2500}]", "/0/spend invalid_field" },
	{ "[{'on':'sold','per':'day','leads':1,'by':'buyer'}]", "/0/by invalid_field" },
};

START_TEST(every_fault_of_a_cap_is_found)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, caps[_i].doc);
	struct cap *list;
	struct faults f;
	size_t n;
	int bad;

	faults_init(&f, a);
	bad = caps_compile(a, &v, PATH_ROOT, &f, &list, &n);
	ck_assert_msg(strcmp(shown_faults(&f), caps[_i].faults) == 0, "%s: %s", caps[_i].doc, shown_faults(&f));
	ck_assert_int_eq(bad, f.n > 0 ? -1 : 0);
	if (_i == 1) {
		ck_assert_uint_eq(n, 2);
		ck_assert(list[0].on == CAP_SOLD && list[0].per == CAP_DAY && list[0].leads == 100 && list[0].spend == 25000000);
		ck_assert(list[1].on == CAP_SENT && list[1].leads == 0 && list[1].spend == -1 && list[1].by_seller);
		ck_assert(!list[0].by_seller);
	}
	arena_free(&a);
}
END_TEST

TCase *schedule_cases(void)
{
	TCase *cases = tcase_create("schedule");

	tcase_add_loop_test(cases, a_schedule_is_open, 0, N_OF(times));
	tcase_add_test(cases, no_schedule_is_always_open);
	tcase_add_loop_test(cases, every_fault_of_a_schedule_is_found, 0, N_OF(wrong));
	tcase_add_loop_test(cases, a_window_begins, 0, N_OF(windows));
	tcase_add_loop_test(cases, every_fault_of_a_cap_is_found, 0, N_OF(caps));
	return cases;
}
