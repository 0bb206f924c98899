#include "lib/lead/lead.h"
#include "tests/unit/lead/suites.h"

/* A field's type (and what else it says), a value as JSON, and what comes of it: JSON, or a fault's code. */
struct field_case {
	const char *type, *raw, *want;
};

#define INVALID "invalid_field"
#define MARKUP "markup_in_data"
#define ABSENT "absent"

static const struct field_case strict[] = {
	{ "'text'", "'  a b '", "'a b'" },
	{ "'text'", "'a\\r\\nb\\tc\\nd'", "'a\\r\\nb\\tc\\nd'" },
	{ "'text'", "'a\\u0007'", "'a\\u0007'" },
	{ "'text'", "'\xc3\xa9\xe2\x82\xac'", "'\xc3\xa9\xe2\x82\xac'" },
	{ "'text'", "''", ABSENT },
	{ "'text'", "'  \\n '", ABSENT },
	{ "'text'", "null", ABSENT },
	{ "'text'", "12", INVALID },
	{ "'text'", "true", INVALID },
	{ "'text'", "['a']", INVALID },
	{ "'text','max':3", "'\xc3\xa9\xc3\xa9\xc3\xa9'", "'\xc3\xa9\xc3\xa9\xc3\xa9'" },
	{ "'text','max':3", "'abcd'", INVALID },
	{ "'text','min':3", "'ab'", INVALID },
	{ "'text'", "'<script>x</script>'", MARKUP },
	{ "'text'", "'a<b'", MARKUP },
	{ "'text'", "'</p>'", MARKUP },
	{ "'text'", "'<!-- -->'", MARKUP },
	{ "'text'", "'<?php'", MARKUP },
	{ "'text'", "'5 < 6 and <3 and 7>6 <'", "'5 < 6 and <3 and 7>6 <'" },
	{ "'email'", "'<b>a@example.com'", MARKUP },
	{ "'choice','values':['good','Fair','7']", "'good'", "'good'" },
	{ "'choice','values':['good','Fair','7']", "'GOOD'", "'good'" },
	{ "'choice','values':['good','Fair','7']", "'fair'", "'Fair'" },
	{ "'choice','values':['good','Fair','7']", "7", "'7'" },
	{ "'choice','values':['good','Good']", "'Good'", "'Good'" },
	{ "'choice','values':['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','20','21']",
	  "22", INVALID },
	{ "'choice','values':['good','Fair','7']", "'bad'", INVALID },
	{ "'choice','values':['good','Fair','7']", "true", INVALID },
	{ "'integer'", "12", "12" },
	{ "'integer'", "-12", "-12" },
	{ "'integer'", "12.0", "12" },
	{ "'integer'", "1.2e1", "12" },
	{ "'integer'", "12.5", INVALID },
	{ "'integer'", "'12'", INVALID },
	{ "'integer'", "9007199254740991", "9007199254740991" },
	{ "'integer'", "9007199254740992", INVALID },
	{ "'integer'", "1e300", INVALID },
	{ "'integer','min':0,'max':10", "10", "10" },
	{ "'integer','min':0,'max':10", "11", INVALID },
	{ "'integer','min':0,'max':10", "-1", INVALID },
	{ "'decimal'", "6.50", "6.5" },
	{ "'decimal'", "-0.25", "-0.25" },
	{ "'decimal'", "-0.0", "0" },
	{ "'decimal'", "1e3", "1000" },
	{ "'decimal'", "3.141592653589793", "3.14159265" },
	{ "'decimal'", "1e30", INVALID },
	{ "'decimal'", "'6.50'", INVALID },
	{ "'decimal','max':6.5", "6.5", "6.5" },
	{ "'decimal','max':6.5", "6.51", INVALID },
	{ "'money'", "'12.50'", "12.50" },
	{ "'money'", "12.5", "12.50" },
	{ "'money'", "250000", "250000.00" },
	{ "'money'", "'0.12345'", INVALID },
	{ "'money'", "'$12'", INVALID },
	{ "'money'", "'1,000'", INVALID },
	{ "'money'", "1e15", INVALID },
	{ "'money','min':'0.10','max':'0.30'", "'0.30'", "0.30" },
	{ "'money','min':'0.10','max':'0.30'", "'0.3001'", INVALID },
	{ "'boolean'", "true", "true" },
	{ "'boolean'", "false", "false" },
	{ "'boolean'", "'true'", INVALID },
	{ "'boolean'", "1", INVALID },
	{ "'date'", "'2024-02-29'", "'2024-02-29'" },
	{ "'date'", "'2023-02-29'", INVALID },
	{ "'date'", "'2/28/2023'", INVALID },
	{ "'date'", "'2023-2-8'", INVALID },
	{ "'date'", "20230228", INVALID },
	{ "'datetime'", "'2026-11-23T12:00:00Z'", "'2026-11-23T12:00:00.000Z'" },
	{ "'datetime'", "'2026-11-23T07:00:00.5-05:00'", "'2026-11-23T12:00:00.500Z'" },
	{ "'datetime'", "'2026-11-23 12:00'", INVALID },
	{ "'datetime'", "1700000000", INVALID },
	{ "'email'", "' Jo.Doe+x@Example.COM '", "'jo.doe+x@example.com'" },
	{ "'email'", "'jo@b\xc3\xbc" "cher.example'", "'jo@xn--bcher-kva.example'" },
	{ "'email'", "'jo@example'", INVALID },
	{ "'email'", "'jo'", INVALID },
	{ "'email'", "'@example.com'", INVALID },
	{ "'email'", "'jo@'", INVALID },
	{ "'email'", "'a@b@example.com'", INVALID },
	{ "'email'", "'.jo@example.com'", INVALID },
	{ "'email'", "'jo.@example.com'", INVALID },
	{ "'email'", "'j..o@example.com'", INVALID },
	{ "'email'", "'jo doe@example.com'", INVALID },
	{ "'email'", "'\\\"jo doe\\\"@example.com'", INVALID },
	{ "'email'", "'jo@[192.0.2.1]'", INVALID },
	{ "'email'", "'jo@192.0.2.1'", INVALID },
	{ "'email'", "'jo@exa_mple..com'", INVALID },
	{ "'email'", "'a23456789b23456789c23456789d23456789e23456789f23456789g23456789h2345@example.com'", INVALID },
	{ "'phone'", "'(310) 555-0123'", "'+13105550123'" },
	{ "'phone'", "'310.555.0123'", "'+13105550123'" },
	{ "'phone'", "'1-310-555-0123'", "'+13105550123'" },
	{ "'phone'", "'+1 310 555 0123'", "'+13105550123'" },
	{ "'phone'", "'555-555-0123'", "'+15555550123'" },
	{ "'phone'", "'110 555 0123'", INVALID },
	{ "'phone'", "'310 155 0123'", INVALID },
	{ "'phone'", "'2-310-555-0123'", INVALID },
	{ "'phone'", "'555-0123'", INVALID },
	{ "'phone'", "'310-555-0123 x5'", INVALID },
	{ "'phone'", "'+44 20 7946 0958'", "'+442079460958'" },
	{ "'phone'", "'+1234567'", INVALID },
	{ "'phone'", "'+0123456789'", INVALID },
	{ "'phone'", "'+491234'", INVALID },
	{ "'phone'", "'+4912345'", "'+4912345'" },
	{ "'phone'", "'+1234567890123456'", INVALID },
	{ "'phone'", "3105550123", INVALID },
	{ "'phone'", "'+'", INVALID },
	{ "'zip'", "'90210'", "'90210'" },
	{ "'zip'", "'00501'", "'00501'" },
	{ "'zip'", "'90210-1234'", INVALID },
	{ "'zip'", "'9021'", INVALID },
	{ "'zip'", "'9021O'", INVALID },
	{ "'zip'", "90210", INVALID },
	{ "'state'", "'ca'", "'CA'" },
	{ "'state'", "' California '", "'CA'" },
	{ "'state'", "'NEW YORK'", "'NY'" },
	{ "'state'", "'dc'", "'DC'" },
	{ "'state'", "'Puerto Rico'", "'PR'" },
	{ "'state'", "'ae'", "'AE'" },
	{ "'state'", "'XX'", INVALID },
	{ "'state'", "'Calif'", INVALID },
	{ "'country'", "'us'", "'US'" },
	{ "'country'", "'GB'", "'GB'" },
	{ "'country'", "'DA'", INVALID }, /* no pair across two codes: ADAE */
	{ "'country'", "'USA'", INVALID },
	{ "'country'", "'UK'", INVALID },
	{ "'url'", "'https://www.example.com/a?b=c#d'", "'https://www.example.com/a?b=c#d'" },
	{ "'url'", "'HTTP://example.com:8080'", "'HTTP://example.com:8080'" },
	{ "'url'", "'http://[2001:db8::1]:80/x'", "'http://[2001:db8::1]:80/x'" },
	{ "'url'", "'http://[::1/x'", INVALID },
	{ "'url'", "'http://[zz]/'", INVALID },
	{ "'url'", "'http://user:pw@example.com/'", INVALID },
	{ "'url'", "'http://example.com/@here'", "'http://example.com/@here'" },
	{ "'url'", "'//example.com/'", INVALID },
	{ "'url'", "'ftp://example.com/'", INVALID },
	{ "'url'", "'javascript:alert(1)'", INVALID },
	{ "'url'", "'http://'", INVALID },
	{ "'url'", "'http:///x'", INVALID },
	{ "'url'", "'http://exa mple.com/'", INVALID },
	{ "'url'", "'http://example.com:0/'", INVALID },
	{ "'url'", "'http://example.com:99999/'", INVALID },
	{ "'url'", "'http://example.com:-1/'", INVALID },
	{ "'ip'", "'192.0.2.1'", "'192.0.2.1'" },
	{ "'ip'", "'2001:DB8:0::1'", "'2001:db8::1'" },
	{ "'ip'", "'192.0.2.256'", INVALID },
	{ "'ip'", "'192.0.2'", INVALID },
	{ "'ip'", "'::1%eth0'", INVALID },
	{ "'uuid'", "'0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B'", "'0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'" },
	{ "'uuid'", "'0190a1b2c3d47e5f8a9b0c1d2e3f4a5b'", INVALID },
	{ "'uuid'", "'0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g'", INVALID },
	{ "'uuid'", "'0190a1b-2c3d4-7e5f-8a9b-0c1d2e3f4a5b'", INVALID },
	{ "'ssn'", "'219-09-9999'", "'219099999'" },
	{ "'ssn'", "'219 09 9999'", "'219099999'" },
	{ "'ssn'", "'219099999'", "'219099999'" },
	{ "'ssn'", "'000-09-9999'", INVALID },
	{ "'ssn'", "'666-09-9999'", INVALID },
	{ "'ssn'", "'900-09-9999'", INVALID },
	{ "'ssn'", "'219-00-9999'", INVALID },
	{ "'ssn'", "'219-09-0000'", INVALID },
	{ "'ssn'", "'21-909-9999'", INVALID },
	{ "'ssn'", "'219-09 9999'", INVALID },
	{ "'ssn'", "'2190-9999'", INVALID },
	{ "'ssn'", "'---219099999'", INVALID },
	{ "'aba'", "'021000021'", "'021000021'" },
	{ "'aba'", "'021000022'", INVALID },
	{ "'aba'", "'000000000'", INVALID },
	{ "'aba'", "'510000008'", INVALID }, /* adds up, but no such district */
	{ "'aba'", "'02100002'", INVALID },
	{ "'bank_account'", "'0001-2345'", "'00012345'" },
	{ "'bank_account'", "'123'", INVALID },
	{ "'bank_account'", "'123456789012345678'", INVALID },
	{ "'bank_account'", "'12a4'", INVALID },
	{ "'list'", "['a',' b ']", "['a','b']" },
	{ "'list'", "[]", "[]" },
	{ "'list'", "'a'", INVALID },
	{ "'list','min':1", "[]", INVALID },
	{ "'list','max':1", "['a','b']", INVALID },
};

static const struct field_case lenient[] = {
	{ "'integer'", "'12'", "12" },
	{ "'integer'", "' 012 '", "12" },
	{ "'integer'", "'-3'", "-3" },
	{ "'integer'", "'12.0'", "12" },
	{ "'integer'", "'12a'", INVALID },
	{ "'integer'", "'+5'", INVALID },
	{ "'integer'", "'0x10'", INVALID },
	{ "'decimal'", "'6.50'", "6.5" },
	{ "'decimal'", "'.5'", INVALID },
	{ "'money'", "'012.5'", "12.50" },
	{ "'boolean'", "'true'", "true" },
	{ "'boolean'", "'Yes'", "true" },
	{ "'boolean'", "'1'", "true" },
	{ "'boolean'", "'on'", "true" },
	{ "'boolean'", "'0'", "false" },
	{ "'boolean'", "'NO'", "false" },
	{ "'boolean'", "'false'", "false" },
	{ "'boolean'", "'maybe'", INVALID },
	{ "'boolean'", "''", ABSENT },
	{ "'list'", "'a'", "['a']" },
};

static void run(const struct field_case *c, bool is_lenient)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, arena_printf(a, "{'key':'v','fields':[{'name':'x','type':%s,'post':'optional'}]}", c->type).p);
	struct value raw = doc(a, arena_printf(a, "{'x':%s}", c->raw).p), out;
	struct vertical vertical;
	struct lead_input in = { &vertical, STEP_POST, is_lenient, &raw, NULL };
	const char *got = ABSENT;
	struct faults f;

	faults_init(&f, a);
	ck_assert_msg(vertical_compile(a, &v, PATH_ROOT, &f, &vertical) == 0, "%s: %s", c->type, shown_faults(&f));
	if (lead_check(a, &in, PATH_ROOT, &f, &out) != 0) {
		ck_assert_uint_eq(f.n, 1);
		ck_assert(str_starts(f.list[0].pointer, STR("/x")));
		got = f.list[0].code;
	} else if (out.n > 0) {
		got = shown(a, &out.members[0].value);
	}
	ck_assert_msg(strcmp(got, c->want) == 0, "%s of %s: %s", c->type, c->raw, got);
	arena_free(&a);
}

START_TEST(a_value_is_checked_and_normalised)
{
	run(&strict[_i], false);
}
END_TEST

START_TEST(text_that_spells_a_type_is_taken)
{
	run(&lenient[_i], true);
}
END_TEST

/* What was normalised once stays as it is. */
START_TEST(normalising_twice_changes_nothing)
{
	const struct field_case *c = &strict[_i];
	struct field_case again = { c->type, c->want, c->want };

	if (strcmp(c->want, INVALID) != 0 && strcmp(c->want, MARKUP) != 0 && strcmp(c->want, ABSENT) != 0)
		run(&again, false);
}
END_TEST

static const struct {
	const char *zip, *state;
} zips[] = {
	{ "90210", "CA" }, { "10001", "NY" }, { "00501", "NY" }, { "06390", "NY" }, { "06320", "CT" },
	{ "83414", "WY" }, { "83401", "ID" }, { "88510", "TX" }, { "88401", "NM" }, { "73301", "TX" },
	{ "73101", "OK" }, { "20101", "VA" }, { "20001", "DC" }, { "34001", "AA" }, { "33101", "FL" },
	{ "09012", "AE" }, { "96201", "AP" }, { "00601", "PR" }, { "00802", "VI" }, { "96799", "AS" },
	{ "96701", "HI" }, { "96910", "GU" }, { "96950", "MP" }, { "96960", "MH" }, { "96940", "PW" },
	{ "96941", "FM" }, { "99501", "AK" }, { "05501", "MA" }, { "39901", "GA" }, { "59718", "MT" }, { "00001", "" },
	{ "00002", "" }, { "00008", "" }, { "21300", "" }, { "9021", "" }, { "9021x", "" }, { "902100", "" },
	{ "", "" },
};

START_TEST(a_zip_lies_in_a_state)
{
	struct str state = lead_zip_state(str_of(zips[_i].zip));

	ck_assert_msg(str_is(state, zips[_i].state), "%s: %.*s", zips[_i].zip, STR_ARG(state));
}
END_TEST

TCase *field_cases(void)
{
	TCase *cases = tcase_create("field");

	tcase_add_loop_test(cases, a_value_is_checked_and_normalised, 0, N_OF(strict));
	tcase_add_loop_test(cases, text_that_spells_a_type_is_taken, 0, N_OF(lenient));
	tcase_add_loop_test(cases, normalising_twice_changes_nothing, 0, N_OF(strict));
	tcase_add_loop_test(cases, a_zip_lies_in_a_state, 0, N_OF(zips));
	return cases;
}
