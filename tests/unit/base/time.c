/* Clocks and zones. The C library's own zone code is the judge of ours. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/zone.h"
#include "lib/base/zone_rule.h"
#include "tests/unit/base/suites.h"

static const int64_t US = 1000000;

START_TEST(every_day_of_a_cycle_agrees)
{
	int64_t day = clock_days(1600, 1, 1);

	for (int y = 1600; y <= 2000; y++)
		for (int m = 1; m <= 12; m++) {
			int64_t next = m == 12 ? clock_days(y + 1, 1, 1) : clock_days(y, m + 1, 1);

			for (int d = 1; day < next; d++, day++) {
				int yy, mm, dd;

				clock_civil(day, &yy, &mm, &dd);
				must(clock_days(y, m, d) == day && yy == y && mm == m && dd == d, "%04d-%02d-%02d", y, m, d);
			}
		}
	ck_assert_int_eq(clock_days(1970, 1, 1), 0);
	ck_assert_int_eq(clock_days(2000, 3, 1), 11017);
	ck_assert_int_eq(clock_days(1, 1, 1), -719162);
	ck_assert_int_eq(clock_days(9999, 12, 31), 2932896);
	ck_assert_int_eq(clock_days(0, 2, 29), -719469);
}
END_TEST

static const struct {
	const char *in, *out; /* out NULL: refused */
} stamps[] = {
	{ "2026-11-23T12:01:00Z", "2026-11-23 12:01:00.000000" },
	{ "2026-11-23t12:01:00z", "2026-11-23 12:01:00.000000" },
	{ "2026-11-23T12:01:00.5Z", "2026-11-23 12:01:00.500000" },
	{ "2026-11-23T12:01:00.1234567890123Z", "2026-11-23 12:01:00.123456" },
	{ "2026-11-23T12:01:00+05:30", "2026-11-23 06:31:00.000000" },
	{ "2026-11-23T23:01:00-08:00", "2026-11-24 07:01:00.000000" },
	{ "2026-11-23T12:01:00-00:00", "2026-11-23 12:01:00.000000" },
	{ "2024-02-29T00:00:00Z", "2024-02-29 00:00:00.000000" },
	{ "2016-12-31T23:59:60Z", "2017-01-01 00:00:00.000000" },
	{ "1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59.999999" },
	{ "0001-01-01T00:00:00Z", "0001-01-01 00:00:00.000000" },
	{ "9999-12-31T23:59:59.999999Z", "9999-12-31 23:59:59.999999" },
	{ "0001-01-01T00:00:00+00:01", NULL },
	{ "9999-12-31T23:59:59-00:01", NULL },
	{ "0000-01-01T00:00:00Z", NULL },
	{ "2026-11-23T12:01:00", NULL },
	{ "2026-11-23 12:01:00Z", NULL },
	{ "2026-11-23T12:01Z", NULL },
	{ "2026-11-23T12:01:00.Z", NULL },
	{ "2026-11-23T24:00:00Z", NULL },
	{ "2026-11-23T12:60:00Z", NULL },
	{ "2026-11-23T12:01:61Z", NULL },
	{ "2026-02-29T12:01:00Z", NULL },
	{ "2026-13-01T12:01:00Z", NULL },
	{ "2026-00-01T12:01:00Z", NULL },
	{ "2026-01-00T12:01:00Z", NULL },
	{ "2026-11-23T12:01:00+0530", NULL },
	{ "2026-11-23T12:01:00+24:00", NULL },
	{ "2026-11-23T12:01:00+05:60", NULL },
	{ "2026-11-23T12:01:00ZZ", NULL },
	{ " 2026-11-23T12:01:00Z", NULL },
	{ "20261123T120100Z", NULL },
	{ "", NULL },
};

START_TEST(stamps_are_read)
{
	struct arena *a = arena_new(1 << 16);
	int64_t us = -777;
	bool good = clock_parse_rfc3339(str_of(stamps[_i].in), &us);

	ck_assert_msg(good == (stamps[_i].out != NULL), "%s", stamps[_i].in);
	if (good)
		ck_assert_str(clock_sql(a, us), stamps[_i].out);
	else
		ck_assert_int_eq(us, -777);
	arena_free(&a);
}
END_TEST

START_TEST(stamps_are_printed)
{
	struct arena *a = arena_new(1 << 16);

	ck_assert_str(clock_rfc3339_ms(a, 0), "1970-01-01T00:00:00.000Z");
	ck_assert_str(clock_rfc3339_ms(a, INT64_C(1795435260999999)), "2026-11-23T12:01:00.999Z");
	ck_assert_str(clock_rfc3339_ms(a, -1), "1969-12-31T23:59:59.999Z");
	ck_assert_str(clock_sql(a, -1), "1969-12-31 23:59:59.999999");
	ck_assert_str(clock_sql(a, INT64_MAX), "9999-12-31 23:59:59.999999");
	ck_assert_str(clock_sql(a, INT64_MIN), "0001-01-01 00:00:00.000000");
	arena_free(&a);
}
END_TEST

START_TEST(dates_are_read)
{
	int64_t days = -777;

	ck_assert(clock_parse_date(STR("1985-02-28"), &days));
	ck_assert_int_eq(days, clock_days(1985, 2, 28));
	days = -777;
	ck_assert(!clock_parse_date(STR("1985-02-29"), &days));
	ck_assert(!clock_parse_date(STR("1900-02-29"), &days));
	ck_assert(!clock_parse_date(STR("1985-2-28"), &days));
	ck_assert(!clock_parse_date(STR("1985-02-28 "), &days));
	ck_assert(!clock_parse_date(STR("1985-02-28T00:00:00Z"), &days));
	ck_assert(!clock_parse_date(STR("1985/02/28"), &days));
	ck_assert(!clock_parse_date(STR("0000-02-28"), &days));
	ck_assert(!clock_parse_date(STR(""), &days));
	ck_assert(clock_parse_date(STR("2000-02-29"), &days));
}
END_TEST

START_TEST(clocks_go)
{
	int64_t wall = clock_wall_us(), mono = clock_mono_us();

	ck_assert_int_le(llabs(wall / US - (int64_t)time(NULL)), 2);
	clock_sleep_ms(20);
	clock_sleep_ms(0);
	clock_sleep_ms(-5);
	ck_assert_int_ge(clock_mono_us() - mono, 20000);
	ck_assert_int_lt(clock_mono_us() - mono, 5 * US);
	ck_assert_int_le(llabs(clock_mono_ms() - clock_mono_us() / 1000), 100);
	clock_shift(-3600 * US);
	ck_assert_int_lt(clock_wall_us(), wall - 3500 * US);
	clock_shift(3600 * US);
	ck_assert_int_ge(clock_wall_us(), wall);
}
END_TEST

static const char *const zones[] = { "UTC", "America/Los_Angeles", "America/New_York", "America/Phoenix", "America/St_Johns",
	"America/Sao_Paulo", "Europe/London", "Europe/Dublin", "Europe/Moscow", "Africa/Casablanca", "Africa/Cairo", "Asia/Kolkata",
	"Asia/Kathmandu", "Asia/Gaza", "Asia/Jerusalem", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia",
	"Pacific/Chatham", "Pacific/Kiritimati", "America/Nuuk", "Antarctica/Troll", "Etc/GMT+5", "EST5EDT" };

static void check_local(const struct zone *z, const char *name, int64_t t)
{
	time_t libc = (time_t)t;
	struct zone_time got;
	struct tm want;

	localtime_r(&libc, &want);
	zone_local(z, t * US, &got);
	must(got.year == want.tm_year + 1900 && got.month == want.tm_mon + 1 && got.day == want.tm_mday &&
	        got.hour == want.tm_hour && got.minute == want.tm_min && got.second == want.tm_sec &&
	        got.weekday == (want.tm_wday + 6) % 7 && got.offset_s == want.tm_gmtoff,
	    "%s at %lld: %04d-%02d-%02d %02d:%02d:%02d", name, (long long)t, got.year, got.month, got.day, got.hour, got.minute,
	    got.second);
}

/* Back from a local time: the same instant, or an earlier one that has the same local time. */
static void check_instant(const struct zone *z, const char *name, int64_t t)
{
	struct zone_time local, again;
	int64_t back;

	zone_local(z, t * US, &local);
	back = zone_instant(z, &local);
	zone_local(z, back, &again);
	must(back <= t * US && back >= (t - 86400) * US, "%s at %lld: %lld", name, (long long)t, (long long)back);
	again.offset_s = local.offset_s;
	must(memcmp(&local, &again, sizeof(local)) == 0, "%s at %lld", name, (long long)t);
}

START_TEST(a_zone_agrees_with_the_c_library)
{
	const char *name = zones[_i];
	struct arena *a = arena_new(4 << 20);
	const struct zone *z;
	struct err e;

	ck_assert_msg(zone_load(a, str_of(name), &z, &e) == 0, "%s", e.msg);
	setenv("TZ", name, 1);
	tzset();
	for (int64_t t = clock_days(1890, 1, 1) * 86400; t < clock_days(2120, 1, 1) * 86400; t += 86400 + 3607) {
		check_local(z, name, t);
		check_instant(z, name, t);
	}
	for (int64_t t = clock_days(2025, 1, 1) * 86400; t < clock_days(2027, 1, 1) * 86400; t += 1800)
		for (int64_t d = -1; d <= 0; d++) {
			check_local(z, name, t + d);
			check_instant(z, name, t + d);
		}
	arena_free(&a);
}
END_TEST

static const struct {
	const char *zone;
	struct zone_time local;
	const char *utc;
} instants[] = {
	{ "America/New_York", { .year = 2026, .month = 1, .day = 15, .hour = 12 }, "2026-01-15 17:00:00.000000" },
	{ "America/New_York", { .year = 2026, .month = 3, .day = 8, .hour = 2 }, "2026-03-08 07:00:00.000000" },
	{ "America/New_York", { .year = 2026, .month = 3, .day = 8, .hour = 2, .minute = 30 }, "2026-03-08 07:00:00.000000" },
	{ "America/New_York", { .year = 2026, .month = 3, .day = 8, .hour = 3 }, "2026-03-08 07:00:00.000000" },
	{ "America/New_York", { .year = 2026, .month = 11, .day = 1, .hour = 1, .minute = 30 }, "2026-11-01 05:30:00.000000" },
	{ "America/New_York", { .year = 2026, .month = 11, .day = 1, .hour = 2 }, "2026-11-01 07:00:00.000000" },
	{ "America/New_York", { .year = 2090, .month = 7, .day = 1 }, "2090-07-01 04:00:00.000000" },
	{ "America/Sao_Paulo", { .year = 2018, .month = 11, .day = 4 }, "2018-11-04 03:00:00.000000" }, /* midnight was skipped */
	{ "Pacific/Apia", { .year = 2011, .month = 12, .day = 30, .hour = 12 }, "2011-12-30 10:00:00.000000" }, /* a day was */
	{ "Africa/Cairo", { .year = 2050, .month = 4, .day = 29 }, "2050-04-28 22:00:00.000000" },
	{ "UTC", { .year = 2026, .month = 2, .day = 28, .hour = 23, .second = 59 }, "2026-02-28 23:00:59.000000" },
};

START_TEST(gaps_and_overlaps)
{
	struct arena *a = arena_new(1 << 20);
	const struct zone *z;
	struct err e;

	ck_assert_msg(zone_load(a, str_of(instants[_i].zone), &z, &e) == 0, "%s", e.msg);
	ck_assert_str(clock_sql(a, zone_instant(z, &instants[_i].local)), instants[_i].utc);
	arena_free(&a);
}
END_TEST

static const struct {
	struct str name;
	enum err_kind kind;
} no_zones[] = {
	{ STR_INIT(""), ERR_INVALID },
	{ STR_INIT("../../etc/passwd"), ERR_INVALID },
	{ STR_INIT("/etc/localtime"), ERR_INVALID },
	{ STR_INIT("America//New_York"), ERR_INVALID },
	{ STR_INIT("America/New_York/"), ERR_INVALID },
	{ STR_INIT("America/New\0York"), ERR_INVALID },
	{ STR_INIT("America/New York"), ERR_INVALID },
	{ STR_INIT("./UTC"), ERR_INVALID },
	{ STR_INIT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ERR_INVALID },
	{ STR_INIT("America/Gotham"), ERR_NOT_FOUND },
	{ STR_INIT("America/New_York/X"), ERR_NOT_FOUND },
	{ STR_INIT("America"), ERR_NOT_FOUND },
};

START_TEST(odd_zones_are_refused)
{
	struct arena *a = arena_new(1 << 20);
	const struct zone *z;
	struct err e;

	ck_assert_int_eq(zone_load(a, no_zones[_i].name, &z, &e), -1);
	ck_assert_int_eq(e.kind, no_zones[_i].kind);
	arena_free(&a);
}
END_TEST

/* Every file cut short, and with any one byte of its header or footer changed, is loaded or refused, never misread past its end. */
START_TEST(broken_zone_files_are_survived)
{
	struct arena *a = arena_new(8 << 20);
	char folder[] = "/tmp/zone-test-XXXXXX", file[64], bytes[8192];
	FILE *f = fopen("/usr/share/zoneinfo/America/New_York", "rb");
	const struct zone *z;
	struct zone_time t;
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/Broken", folder);
	setenv("TZDIR", folder, 1);
	for (size_t i = 0; i < n; i += i < 200 || i + 60 > n ? 1 : 41)
		for (int cut = 0; cut <= 1; cut++) {
			char kept = bytes[i];

			bytes[i] = (char)(bytes[i] ^ 0x7f);
			f = fopen(file, "wb");
			fwrite(bytes, 1, cut ? i : n, f);
			fclose(f);
			bytes[i] = kept;
			if (zone_load(a, STR("Broken"), &z, NULL) == 0) {
				ck_assert(!cut);
				zone_local(z, INT64_C(1795435260999999), &t);
				zone_instant(z, &t);
			}
			arena_reset(a);
		}
	unlink(file);
	rmdir(folder);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} rules[] = {
	{ "UTC0", true },
	{ "EST5EDT,M3.2.0,M11.1.0", true },
	{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", true },
	{ "IST-2IDT,M3.4.4/26,M10.5.0", true },
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", true },
	{ "EST5EDT4,J60/2:30:15,300", true },
	{ "", false },
	{ "EST", false },
	{ "ES5", false },
	{ "EST5EDT", false },
	{ "EST5EDT,M3.2.0", false },
	{ "EST5EDT,M13.2.0,M11.1.0", false },
	{ "EST5EDT,M3.6.0,M11.1.0", false },
	{ "EST5EDT,M3.2.7,M11.1.0", false },
	{ "EST5EDT,J0,J10", false },
	{ "EST5EDT,366,10", false },
	{ "EST5EDT,M3.2.0/168,M11.1.0", false },
	{ "EST5EDT,M3.2.0,M11.1.0x", false },
	{ "<EST5", false },
	{ "EST5:", false },
};

START_TEST(rules_are_read)
{
	struct zone_rule r;
	int64_t until;

	ck_assert_msg(zone_rule_parse(str_of(rules[_i].text), &r) == rules[_i].good, "%s", rules[_i].text);
	if (!rules[_i].good)
		return;
	setenv("TZ", rules[_i].text, 1);
	tzset();
	for (int64_t t = clock_days(2020, 1, 1) * 86400; t < clock_days(2029, 1, 1) * 86400; t += 3600) {
		time_t libc = (time_t)t;
		struct tm want;

		localtime_r(&libc, &want);
		must(zone_rule_at(&r, t, &until) == want.tm_gmtoff && until > t, "%s at %lld", rules[_i].text, (long long)t);
	}
}
END_TEST

/* Summer time all year: one year's end is the next one's beginning. */
START_TEST(a_rule_may_have_no_winter)
{
	struct zone_rule r;
	int64_t until;

	ck_assert(zone_rule_parse(STR("XXX3EDT4,0/0,J365/23"), &r));
	for (int64_t t = clock_days(2019, 6, 1) * 86400; t < clock_days(2022, 1, 1) * 86400; t += 3600)
		must(zone_rule_at(&r, t, &until) == 4 * -3600, "at %lld", (long long)t);
}
END_TEST

#ifdef GAVEL_FAILPOINTS
START_TEST(the_environment_shifts_the_clock)
{
	setenv("GAVEL_CLOCK_SHIFT_S", "-7200", 1);
	ck_assert_int_le(llabs(clock_wall_us() / US + 7200 - (int64_t)time(NULL)), 2);
	ck_assert_int_le(llabs(clock_wall_us() / US + 7200 - (int64_t)time(NULL)), 2);
}
END_TEST
#endif

START_TEST(no_zone_is_utc)
{
	struct zone_time t;

	zone_local(NULL, INT64_C(1795435260123456), &t);
	ck_assert(t.year == 2026 && t.month == 11 && t.day == 23 && t.hour == 12 && t.minute == 1 && t.second == 0);
	ck_assert_int_eq(t.weekday, 0);
	ck_assert_int_eq(t.offset_s, 0);
	ck_assert_int_eq(zone_instant(NULL, &t), INT64_C(1795435260000000));
	zone_local(NULL, -1, &t);
	ck_assert(t.year == 1969 && t.month == 12 && t.day == 31 && t.hour == 23 && t.minute == 59 && t.second == 59);
	ck_assert_int_eq(t.weekday, 2);
}
END_TEST

TCase *clock_cases(void)
{
	TCase *c = tcase_create("clock");

	tcase_add_test(c, every_day_of_a_cycle_agrees);
	tcase_add_loop_test(c, stamps_are_read, 0, N_OF(stamps));
	tcase_add_test(c, stamps_are_printed);
	tcase_add_test(c, dates_are_read);
	tcase_add_test(c, clocks_go);
#ifdef GAVEL_FAILPOINTS
	tcase_add_test(c, the_environment_shifts_the_clock);
#endif
	return c;
}

TCase *zone_cases(void)
{
	TCase *c = tcase_create("zone");

	tcase_set_timeout(c, 30);
	tcase_add_loop_test(c, a_zone_agrees_with_the_c_library, 0, N_OF(zones));
	tcase_add_loop_test(c, gaps_and_overlaps, 0, N_OF(instants));
	tcase_add_loop_test(c, odd_zones_are_refused, 0, N_OF(no_zones));
	tcase_add_test(c, no_zone_is_utc);
	tcase_add_test(c, broken_zone_files_are_survived);
	tcase_add_loop_test(c, rules_are_read, 0, N_OF(rules));
	tcase_add_test(c, a_rule_may_have_no_winter);
	return c;
}
