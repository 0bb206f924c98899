#include "lib/lead/intake.h"
#include "tests/unit/lead/suites.h"

static const struct {
	enum intake_part part;
	bool lenient;
	const char *raw, *want; /* JSON, or faults */
} parts[] = {
	{ INTAKE_SOURCE, false, "{'lead_id':'yours','sub1':' fb-77 ','sub2':''}", "{'sub1':'fb-77','lead_id':'yours'}" },
	{ INTAKE_SOURCE, false, "null", "{}" },
	{ INTAKE_SOURCE, false, "[]", " invalid_field" },
	{ INTAKE_SOURCE, false, "{'sub6':'x','sub1':7}", "/sub6 unknown_member; /sub1 invalid_field" },
	{ INTAKE_SOURCE, false, "{'sub1':'<img>'}", "/sub1 markup_in_data" },
	{ INTAKE_CONSENT, false, "{'tcpa':true,'gpc':false,'buyers':['acme'],'url':'https://www.example.com/'}",
	  "{'tcpa':true,'gpc':false,'url':'https://www.example.com/','buyers':['acme']}" },
	{ INTAKE_CONSENT, false, "{'tcpa':'yes'}", "/tcpa invalid_field" },
	{ INTAKE_CONSENT, true, "{'tcpa':'yes','buyers':'acme'}", "{'tcpa':true,'buyers':['acme']}" },
	{ INTAKE_CONSENT, false, "{'buyers':[1]}", "/buyers/0 invalid_field" },
	{ INTAKE_CONSENT, false, "{'given_at':'2026-11-23T07:00:00-05:00','ip':'2001:DB8::1'}",
	  "{'given_at':'2026-11-23T12:00:00.000Z','ip':'2001:db8::1'}" },
	{ INTAKE_EVENT, false, "{'session_seconds':42,'user_agent':'UA'}", "{'user_agent':'UA','session_seconds':42}" },
	{ INTAKE_EVENT, false, "{'session_seconds':-1,'landing_url':'x'}",
	  "/landing_url invalid_field; /session_seconds invalid_field" },
	{ INTAKE_HASHES, false, "{'phone_md5':'0123456789ABCDEF0123456789abcdef'}",
	  "{'phone_md5':'0123456789abcdef0123456789abcdef'}" },
	{ INTAKE_HASHES, false, "{'phone_md5':'0123456789abcdef0123456789abcde'}", "/phone_md5 invalid_field" },
	{ INTAKE_HASHES, false, "{'email_sha1':'g123456789abcdef0123456789abcdef01234567'}", "/email_sha1 invalid_field" },
	{ INTAKE_HASHES, false, "{'email_sha256':'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}",
	  "{'email_sha256':'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}" },
};

START_TEST(a_part_is_checked)
{
	struct arena *a = arena_new(1 << 20);
	struct value raw = doc(a, parts[_i].raw), out;
	struct faults f;
	const char *got;

	faults_init(&f, a);
	if (intake_check(a, parts[_i].part, parts[_i].lenient, &raw, PATH_ROOT, &f, &out) == 0)
		got = shown(a, &out);
	else
		got = shown_faults(&f);
	ck_assert_msg(strcmp(got, parts[_i].want) == 0, "%s: %s", parts[_i].raw, got);
	arena_free(&a);
}
END_TEST

START_TEST(members_are_found_by_name)
{
	ck_assert_ptr_nonnull(intake_find(INTAKE_SOURCE, STR("sub5")));
	ck_assert_ptr_null(intake_find(INTAKE_SOURCE, STR("sub6")));
	ck_assert_ptr_nonnull(intake_find(INTAKE_CONSENT, STR("buyers.0")));
	ck_assert_ptr_null(intake_find(INTAKE_CONSENT, STR("tcpa.0")));
	ck_assert_ptr_null(intake_find(INTAKE_EVENT, STR("")));
	ck_assert_str_eq(intake_part_name(INTAKE_HASHES), "hashes");
}
END_TEST

TCase *intake_cases(void)
{
	TCase *cases = tcase_create("intake");

	tcase_add_loop_test(cases, a_part_is_checked, 0, N_OF(parts));
	tcase_add_test(cases, members_are_found_by_name);
	return cases;
}
