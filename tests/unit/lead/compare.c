#include "lib/base/map.h"
#include "lib/lead/lead.h"
#include "tests/unit/lead/suites.h"

static const char vertical_text[] =
	"{'key':'v','fields':["
	"{'name':'zip','type':'zip','ping':'optional'},"
	"{'name':'age','type':'decimal','ping':'optional'},"
	"{'name':'phone','type':'phone','post':'optional'},"
	"{'name':'home','type':'object','ping':'optional','fields':[{'name':'city','type':'text','ping':'optional'}]},"
	"{'name':'drivers','type':'list','ping':'optional','fields':[{'name':'sex','type':'text','ping':'optional'},"
	"{'name':'name','type':'text','post':'optional'}]},"
	"{'name':'tags','type':'list','ping':'optional'}]}";

static const struct {
	const char *used;  /* names, separated by spaces; NULL: everything */
	const char *ping, *post, *faults;
} cases_of[] = {
	{ NULL, "{'zip':'90210','age':6.5}", "{'zip':'90210','age':6.50}", "" },
	{ NULL, "{'zip':'90210'}", "{'zip':'90211'}", "/lead/zip ping_mismatch" },
	{ "zip", "{'zip':'90210'}", "{'zip':'90211'}", "/lead/zip ping_mismatch" },
	{ "age", "{'zip':'90210'}", "{'zip':'90211'}", "" },
	{ "zip", "{}", "{'zip':'90211'}", "/lead/zip ping_mismatch" },
	{ "zip", "{'zip':'90211'}", "{}", "/lead/zip ping_mismatch" },
	{ "age", "{}", "{'zip':'90211'}", "" },
	{ "phone", "{}", "{'phone':'+13105550123'}", "" }, /* no ping could have had it */
	{ NULL, "{}", "{'phone':'+13105550123'}", "" },
	{ "home.city", "{'home':{'city':'A'}}", "{'home':{'city':'B'}}", "/lead/home/city ping_mismatch" },
	{ "home", "{'home':{'city':'A'}}", "{'home':{'city':'B'}}", "/lead/home/city ping_mismatch" },
	{ "home.city", "{}", "{'home':{'city':'B'}}", "/lead/home/city ping_mismatch" },
	{ "drivers.0.sex", "{'drivers':[{'sex':'m'},{'sex':'f'}]}", "{'drivers':[{'sex':'f'},{'sex':'m'}]}",
	  "/lead/drivers/0/sex ping_mismatch" },
	{ "drivers.sex", "{'drivers':[{'sex':'m'},{'sex':'f'}]}", "{'drivers':[{'sex':'f'},{'sex':'m'}]}",
	  "/lead/drivers/0/sex ping_mismatch; /lead/drivers/1/sex ping_mismatch" },
	{ "drivers", "{'drivers':[{'sex':'m'}]}", "{'drivers':[{'sex':'m'},{'sex':'m'}]}", "/lead/drivers/1/sex ping_mismatch" },
	{ "drivers.0.sex", "{'drivers':[{'sex':'m'}]}", "{'drivers':[{'sex':'m'},{'sex':'m'}]}", "" },
	{ "drivers.sex", "{'drivers':[{'sex':'m'},{'sex':'m'}]}", "{'drivers':[{'sex':'m'}]}",
	  "/lead/drivers/1/sex ping_mismatch" },
	{ "drivers", "{'drivers':[{'sex':'m'}]}", "{'drivers':[{'sex':'m','name':'A'}]}", "" },
	{ "tags", "{'tags':['a','b']}", "{'tags':['a','b']}", "" },
	{ "tags", "{'tags':['a','b']}", "{'tags':['b','a']}", "/lead/tags ping_mismatch" },
	{ "zip age", "{'zip':'90210','age':1}", "{'zip':'1','age':2}", "/lead/zip ping_mismatch; /lead/age ping_mismatch" },
};

START_TEST(a_post_is_held_to_its_ping)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, vertical_text), ping = doc(a, cases_of[_i].ping), post = doc(a, cases_of[_i].post);
	struct path at = path_member(PATH_ROOT, STR("lead"));
	struct str rest = str_of(cases_of[_i].used), name;
	struct vertical vertical;
	struct map *used = cases_of[_i].used != NULL ? map_new(a) : NULL;
	struct faults f;
	int bad;

	faults_init(&f, a);
	ck_assert_int_eq(vertical_compile(a, &v, PATH_ROOT, &f, &vertical), 0);
	while (used != NULL && str_split(&rest, ' ', &name))
		map_put(used, name, a);
	bad = lead_compare(&vertical, &ping, &post, used, &at, &f);
	ck_assert_msg(strcmp(shown_faults(&f), cases_of[_i].faults) == 0, "%d: %s", _i, shown_faults(&f));
	ck_assert_int_eq(bad, f.n > 0 ? -1 : 0);
	arena_free(&a);
}
END_TEST

TCase *compare_cases(void)
{
	TCase *cases = tcase_create("compare");

	tcase_add_loop_test(cases, a_post_is_held_to_its_ping, 0, N_OF(cases_of));
	return cases;
}
