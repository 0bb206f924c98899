#include "lib/lead/facts.h"
#include "lib/lead/vertical.h"
#include "tests/unit/lead/suites.h"

/* One vertical for the cases that need no other. */
static const char auto_vertical[] =
	"{'key':'auto','name':'Auto','fields':["
	"{'name':'zip','type':'zip','ping':'required'},"
	"{'name':'tags','type':'list','ping':'optional'},"
	"{'name':'residence','type':'object','ping':'optional','fields':[{'name':'years','type':'integer','ping':'optional'}]},"
	"{'name':'drivers','type':'list','min':1,'max':6,'ping':'required','fields':["
	"{'name':'gender','type':'choice','values':['m','f'],'ping':'optional'},"
	"{'name':'incidents','type':'list','ping':'optional','fields':[{'name':'kind','type':'text','ping':'optional'}]}]}]}";

/* The field of one case, alone in its vertical; %s of a NULL is not a case. */
static const struct {
	const char *field, *faults;
} fields[] = {
	{ "{'name':'x','type':'text'}", "" },
	{ "{'name':'x','type':'text','min':2,'max':80,'ping':'optional','post':'required','pii':true}", "" },
	{ "{'name':'x','type':'text','values':['a']}", "/fields/0/values invalid_field" },
	{ "{'name':'x','type':'text','max':4001}", "/fields/0/max invalid_field" },
	{ "{'name':'x','type':'text','max':-1}", "/fields/0/max invalid_field" },
	{ "{'name':'x','type':'text','max':1.5}", "/fields/0/max invalid_field" },
	{ "{'name':'x','type':'text','min':9,'max':8}", "/fields/0/max invalid_field" },
	{ "{'name':'x','type':'integer','min':-5,'max':5}", "" },
	{ "{'name':'x','type':'integer','max':'5'}", "/fields/0/max invalid_field" },
	{ "{'name':'x','type':'money','min':'0.50','max':100}", "" },
	{ "{'name':'x','type':'money','min':'cheap'}", "/fields/0/min invalid_field" },
	{ "{'name':'x','type':'zip','min':1}", "/fields/0/min invalid_field" },
	{ "{'name':'x','type':'choice','values':['a','b']}", "" },
	{ "{'name':'x','type':'choice'}", "/fields/0/values missing_field" },
	{ "{'name':'x','type':'choice','values':[]}", "/fields/0/values invalid_field" },
	{ "{'name':'x','type':'choice','values':['a',1]}", "/fields/0/values/1 invalid_field" },
	{ "{'name':'x','type':'choice','values':['a','a']}", "/fields/0/values/1 duplicate_key" },
	{ "{'name':'x','type':'list'}", "" },
	{ "{'name':'x','type':'list','fields':[]}", "/fields/0/fields invalid_field" },
	{ "{'name':'x','type':'list','max':51}", "/fields/0/max invalid_field" },
	{ "{'name':'x','type':'object'}", "/fields/0/fields missing_field" },
	{ "{'name':'x','type':'object','fields':[{'name':'y','type':'text'},{'name':'y','type':'zip'}]}",
	  "/fields/0/fields/1/name duplicate_key" },
	{ "{'name':'x','type':'object','fields':[{'name':'y'}]}", "/fields/0/fields/0/type missing_field" },
	{ "{'name':'x','type':'strange'}", "/fields/0/type invalid_field" },
	{ "{'name':'x','type':'text','ping':'maybe'}", "/fields/0/ping invalid_field" },
	{ "{'name':'x','type':'text','label':'X'}", "/fields/0/label unknown_member" },
	{ "{'name':'a.b','type':'text'}", "/fields/0/name invalid_field" },
	{ "{'name':'0','type':'text'}", "/fields/0/name invalid_field" },
	{ "{'type':'text'}", "/fields/0/name missing_field" },
	{ "'x'", "/fields/0 invalid_field" },
	{ "{'name':'x','type':'ssn','ping':'optional'}", "/fields/0/ping invalid_field" },
	{ "{'name':'x','type':'aba','ping':'no','post':'required'}", "" },
	{ "{'name':'x','type':'bank_account','post':'required'}", "" },
	{ "{'name':'x','type':'text','ping':'required_if'}", "/fields/0/if missing_field" },
	{ "{'name':'x','type':'text','if':{'field':'lead.x','op':'exists'}}", "/fields/0/if invalid_field" },
	{ "{'name':'x','type':'text','ping':'required_if','if':{'field':'lead.y','op':'exists'}}",
	  "/fields/0/if/field invalid_field" },
	{ "{'name':'x','type':'text','ping':'required_if','if':{'field':'source.sub1','op':'eq'}}",
	  "/fields/0/if/value missing_field" },
	{ "{'name':'x','type':'text','ping':'required_if','if':{'field':'item.x','op':'exists'}}",
	  "/fields/0/if/field invalid_field" },
	{ "{'name':'x','type':'text','ping':'required_if','if':true}", "/fields/0/if invalid_field" },
	{ "{'name':'x','type':'list','fields':["
	  "{'name':'y','type':'text','ping':'required_if','if':{'field':'item.z','op':'exists'}},"
	  "{'name':'z','type':'text','ping':'optional'}]}", "" },
	{ "{'name':'x','type':'list','fields':["
	  "{'name':'y','type':'text','ping':'required_if','if':{'field':'item.q','op':'exists'}}]}",
	  "/fields/0/fields/0/if/field invalid_field" },
};

static int compile(struct arena *a, const char *text, struct faults *f, struct vertical *out)
{
	struct value v = doc(a, text);

	faults_init(f, a);
	return vertical_compile(a, &v, PATH_ROOT, f, out);
}

START_TEST(every_fault_of_a_field_is_found)
{
	struct arena *a = arena_new(1 << 20);
	struct str text = arena_printf(a, "{'key':'v','fields':[%s]}", fields[_i].field);
	struct vertical v;
	struct faults f;
	int bad = compile(a, text.p, &f, &v);

	ck_assert_msg(strcmp(shown_faults(&f), fields[_i].faults) == 0, "%s: %s", fields[_i].field, shown_faults(&f));
	ck_assert_int_eq(bad, f.n > 0 ? -1 : 0);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *doc, *faults;
} verticals[] = {
	{ "{}", "/key missing_field; /fields missing_field" },
	{ "{'key':'a','fields':[]}", "/fields invalid_field" },
	{ "{'key':'a','fields':{}}", "/fields invalid_field" },
	{ "{'key':'a','colour':1,'fields':[{'name':'zip','type':'zip'},{'name':'zip','type':'zip'}]}",
	  "/colour unknown_member; /fields/1/name duplicate_key" },
	{ "{'key':'a','fields':[{'name':'a','type':'object','fields':[{'name':'b','type':'object','fields':["
	  "{'name':'c','type':'object','fields':[{'name':'d','type':'object','fields':["
	  "{'name':'e','type':'object','fields':[{'name':'f','type':'object','fields':["
	  "{'name':'g','type':'text'}]}]}]}]}]}]}]}",
	  "/fields/0/fields/0/fields/0/fields/0/fields/0/fields/0/fields invalid_field" },
};

START_TEST(every_fault_of_a_vertical_is_found)
{
	struct arena *a = arena_new(1 << 20);
	struct vertical v;
	struct faults f;

	ck_assert_int_eq(compile(a, verticals[_i].doc, &f, &v), -1);
	ck_assert_msg(strcmp(shown_faults(&f), verticals[_i].faults) == 0, "%s: %s", verticals[_i].doc, shown_faults(&f));
	arena_free(&a);
}
END_TEST

static const struct {
	const char *path;
	bool any_index;
	const char *found; /* NULL: nothing */
} paths[] = {
	{ "zip", false, "zip" },
	{ "residence", false, "residence" },
	{ "residence.years", false, "years" },
	{ "residence.0", false, NULL },
	{ "drivers", false, "drivers" },
	{ "drivers.0.gender", false, "gender" },
	{ "drivers.gender", false, NULL },
	{ "drivers.gender", true, "gender" },
	{ "drivers.2.incidents.0.kind", false, "kind" },
	{ "drivers.incidents.kind", true, "kind" },
	{ "drivers.2.incidents.kind", true, "kind" },
	{ "drivers.2.incidents.kind", false, NULL },
	{ "drivers.0", false, NULL },
	{ "drivers.0.", false, NULL },
	{ "drivers.x.gender", false, NULL },
	{ "tags.0", false, "tags" },
	{ "tags.0.x", false, NULL },
	{ "zip.x", false, NULL },
	{ "", false, NULL },
	{ ".", false, NULL },
	{ "zip.", false, NULL },
	{ "nothing", true, NULL },
};

START_TEST(a_path_finds_its_field)
{
	struct arena *a = arena_new(1 << 20);
	const struct field *found;
	struct vertical v;
	struct faults f;

	ck_assert_int_eq(compile(a, auto_vertical, &f, &v), 0);
	found = vertical_find(&v, str_of(paths[_i].path), paths[_i].any_index);
	ck_assert_msg((found != NULL) == (paths[_i].found != NULL), "%s", paths[_i].path);
	if (found != NULL)
		ck_assert_msg(str_is(found->name, paths[_i].found), "%s", paths[_i].path);
	arena_free(&a);
}
END_TEST

START_TEST(what_is_not_said_has_a_default)
{
	struct arena *a = arena_new(1 << 20);
	struct vertical v;
	struct faults f;

	ck_assert_int_eq(compile(a,
	    "{'key':'v','fields':[{'name':'a','type':'text'},{'name':'b','type':'text','ping':'required'},"
	    "{'name':'c','type':'ssn'},"
	    "{'name':'d','type':'list','pii':true,'fields':[{'name':'e','type':'zip'}]},"
	    "{'name':'f','type':'text','post':'required'},{'name':'g','type':'text','min':300}]}", &f, &v), 0);
	ck_assert(str_is(v.name, "v"));
	ck_assert_int_eq(v.fields[0].need[STEP_PING], NEED_NO);
	ck_assert_int_eq(v.fields[0].need[STEP_POST], NEED_OPTIONAL);
	ck_assert_int_eq(v.fields[1].need[STEP_POST], NEED_REQUIRED);
	ck_assert_int_eq(v.fields[4].need[STEP_PING], NEED_NO);
	ck_assert_int_eq(v.fields[4].need[STEP_POST], NEED_REQUIRED);
	ck_assert(!v.fields[0].pii);
	ck_assert(v.fields[2].pii && field_is_secret(&v.fields[2]));
	ck_assert(v.fields[3].fields[0].pii);
	ck_assert(v.fields[0].max == TEXT_DEFAULT_MAX);
	ck_assert(v.fields[3].max == LIST_ENTRIES_MAX);
	ck_assert(v.fields[5].max == TEXT_MAX);
	ck_assert_str_eq(field_type_name(FIELD_BANK_ACCOUNT), "bank_account");
	arena_free(&a);
}
END_TEST

static void note(void *ctx, const void *source)
{
	struct str *names = ctx;
	struct str name = fact_name(source);

	memcpy((char *)(uintptr_t)names->p + names->n, name.p, name.n);
	names->n += name.n;
}

START_TEST(conditions_tell_what_they_read)
{
	struct arena *a = arena_new(1 << 20);
	char text[200] = "";
	struct str names = { text, 0 };
	struct vertical v;
	struct faults f;

	ck_assert_int_eq(compile(a,
	    "{'key':'v','fields':[{'name':'a','type':'text','ping':'required_if','if':{'any':[{'field':'lead.d.0.k','op':'exists'},"
	    "{'not':{'field':'source.sub1','op':'exists'}}]}},"
	    "{'name':'d','type':'list','fields':["
	    "{'name':'k','type':'text','ping':'required_if','if':{'field':'item.o.m','op':'exists'}},"
	    "{'name':'o','type':'object','fields':[{'name':'m','type':'text'}]}]}]}", &f, &v), 0);
	vertical_each_source(&v, note, &names);
	ck_assert_str_eq(text, "lead.d.0.ksource.sub1lead.d.o.m");
	arena_free(&a);
}
END_TEST

TCase *vertical_cases(void)
{
	TCase *cases = tcase_create("vertical");

	tcase_add_loop_test(cases, every_fault_of_a_field_is_found, 0, N_OF(fields));
	tcase_add_loop_test(cases, every_fault_of_a_vertical_is_found, 0, N_OF(verticals));
	tcase_add_loop_test(cases, a_path_finds_its_field, 0, N_OF(paths));
	tcase_add_test(cases, what_is_not_said_has_a_default);
	tcase_add_test(cases, conditions_tell_what_they_read);
	return cases;
}
