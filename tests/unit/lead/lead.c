#include "lib/lead/lead.h"
#include "tests/unit/lead/suites.h"

static const char vertical_text[] =
	"{'key':'auto','fields':["
	"{'name':'zip','type':'zip','ping':'required'},"
	"{'name':'state','type':'state','ping':'optional'},"
	"{'name':'insured','type':'boolean','ping':'optional'},"
	"{'name':'company','type':'text','max':80,'ping':'required_if','if':{'field':'lead.insured','op':'eq','value':true}},"
	"{'name':'phone','type':'phone','ping':'no','post':'required','pii':true},"
	"{'name':'email','type':'email','ping':'no','post':'optional','pii':true},"
	"{'name':'ssn','type':'ssn'},"
	"{'name':'residence','type':'object','ping':'optional','fields':["
	"{'name':'years','type':'integer','ping':'required'},{'name':'street','type':'text','post':'optional','pii':true},"
	"{'name':'state','type':'state','ping':'optional'},{'name':'zip','type':'zip','ping':'optional'}]},"
	"{'name':'drivers','type':'list','min':1,'max':3,'ping':'optional','fields':["
	"{'name':'kind','type':'choice','values':['a','b'],'ping':'required'},"
	"{'name':'birth','type':'date','ping':'optional','pii':true},"
	"{'name':'why','type':'text','ping':'required_if','if':{'all':[{'field':'item.kind','op':'eq','value':'b'},"
	"{'field':'lead.insured','op':'eq','value':true}]}},"
	"{'name':'claims','type':'list','ping':'optional','fields':[{'name':'paid','type':'money','ping':'required'}]}]},"
	"{'name':'tags','type':'list','ping':'optional'}]}";

struct world {
	struct arena *a;
	struct vertical vertical;
	struct faults faults;
};

static void world_open(struct world *w)
{
	struct value v;

	w->a = arena_new(1 << 22);
	v = doc(w->a, vertical_text);
	faults_init(&w->faults, w->a);
	if (vertical_compile(w->a, &v, PATH_ROOT, &w->faults, &w->vertical) != 0)
		ck_abort_msg("%s", shown_faults(&w->faults));
}

static const struct {
	enum step_kind step;
	const char *raw, *want; /* JSON, or faults */
} checks[] = {
	{ STEP_PING, "{'zip':'90210'}", "{'zip':'90210','state':'CA'}" },
	{ STEP_PING, "{'state':'nv','zip':'90210'}", "{'zip':'90210','state':'NV'}" },
	{ STEP_PING, "{'state':'','zip':'90210'}", "{'zip':'90210','state':'CA'}" },
	{ STEP_PING, "{'zip':'00001'}", "{'zip':'00001'}" },
	{ STEP_PING, "{'zip':'90210','state':'?'}", "/state invalid_field" },
	{ STEP_PING, "{}", "/zip missing_field" },
	{ STEP_PING, "null", "/zip missing_field" },
	{ STEP_PING, "'x'", " invalid_field" },
	{ STEP_PING, "[]", " invalid_field" },
	{ STEP_PING, "{'zip':''}", "/zip missing_field" },
	{ STEP_PING, "{'zip':null}", "/zip missing_field" },
	{ STEP_PING, "{'zip':'x'}", "/zip invalid_field" },
	{ STEP_PING, "{'zip':'90210','phone':'310-555-0123'}", "/phone invalid_field" },
	{ STEP_PING, "{'zip':'90210','phone':''}", "{'zip':'90210','state':'CA'}" },
	{ STEP_PING, "{'zip':'90210','phone':null,'ssn':null}", "{'zip':'90210','state':'CA'}" },
	{ STEP_POST, "{'zip':'90210'}", "/phone missing_field" },
	{ STEP_POST, "{'zip':'90210','phone':'(310) 555-0123','email':'JO@Example.com'}",
	  "{'zip':'90210','state':'CA','phone':'+13105550123','email':'jo@example.com'}" },
	{ STEP_PING, "{'zap':'90210'}", "/zap unknown_member; /zip missing_field" },
	{ STEP_PING, "{'zip':'90210','insured':true}", "/company missing_field" },
	{ STEP_PING, "{'zip':'90210','insured':false}", "{'zip':'90210','state':'CA','insured':false}" },
	{ STEP_PING, "{'zip':'90210','company':'X','insured':true}", "{'zip':'90210','state':'CA','insured':true,'company':'X'}" },
	{ STEP_PING, "{'zip':'1','insured':true,'a~b':1,'residence':{'street':'x'},'drivers':[{'kind':'c'},{},7]}",
	  "/a~0b unknown_member; /zip invalid_field; /residence/street invalid_field; /drivers/0/kind invalid_field; "
	  "/drivers/2 invalid_field; /company missing_field; /residence/years missing_field; /drivers/1/kind missing_field" },
	{ STEP_PING, "{'zip':'90210','residence':{'years':3,'zip':'10001'}}",
	  "{'zip':'90210','state':'CA','residence':{'years':3,'state':'NY','zip':'10001'}}" },
	{ STEP_PING, "{'zip':'90210','drivers':[]}", "/drivers invalid_field" },
	{ STEP_PING, "{'zip':'90210','drivers':[{'kind':'a'},{'kind':'a'},{'kind':'a'},{'kind':'a'}]}", "/drivers invalid_field" },
	{ STEP_PING, "{'zip':'90210','insured':true,'company':'X','drivers':[{'kind':'a'},{'kind':'b'}]}",
	  "/drivers/1/why missing_field" },
	{ STEP_PING, "{'zip':'90210','drivers':[{'kind':'b'}]}", "{'zip':'90210','state':'CA','drivers':[{'kind':'b'}]}" },
	{ STEP_PING, "{'zip':'90210','drivers':[{'claims':[{'paid':'12.5'},{}],'kind':'b'}]}",
	  "/drivers/0/claims/1/paid missing_field" },
	{ STEP_PING, "{'zip':'90210','drivers':[{'claims':[{'paid':'12.5'}],'kind':'B'}]}",
	  "{'zip':'90210','state':'CA','drivers':[{'kind':'b','claims':[{'paid':12.50}]}]}" },
	{ STEP_PING, "{'zip':'90210','tags':['a','']}", "/tags/1 invalid_field" },
	{ STEP_PING, "{'zip':'90210','residence':''}", "{'zip':'90210','state':'CA'}" },
	{ STEP_PING, "{'zip':'90210','residence':[]}", "/residence invalid_field" },
};

START_TEST(a_lead_is_checked)
{
	struct world w;
	struct value raw, out;
	struct lead_input in;
	const char *got;

	world_open(&w);
	raw = doc(w.a, checks[_i].raw);
	in = (struct lead_input){ &w.vertical, checks[_i].step, false, &raw, NULL };
	got = lead_check(w.a, &in, PATH_ROOT, &w.faults, &out) == 0 ? shown(w.a, &out) : shown_faults(&w.faults);
	ck_assert_msg(strcmp(got, checks[_i].want) == 0, "%s:\n%s", checks[_i].raw, got);
	arena_free(&w.a);
}
END_TEST

START_TEST(conditions_see_what_stands_beside_the_lead)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, "{'key':'v','fields':[{'name':'x','type':'text','ping':'required_if',"
	    "'if':{'field':'source.sub1','op':'eq','value':'fb'}}]}");
	struct value raw = doc(a, "{}"), source = doc(a, "{'sub1':'fb'}"), out;
	struct facts facts = { .source = &source };
	struct vertical vertical;
	struct lead_input in = { &vertical, STEP_PING, false, &raw, &facts };
	struct path at = path_member(PATH_ROOT, STR("lead"));
	struct faults f;

	faults_init(&f, a);
	ck_assert_int_eq(vertical_compile(a, &v, PATH_ROOT, &f, &vertical), 0);
	ck_assert_int_eq(lead_check(a, &in, &at, &f, &out), -1);
	ck_assert_str_eq(shown_faults(&f), "/lead/x missing_field");
	source = doc(a, "{'sub1':'tw'}");
	ck_assert_int_eq(lead_check(a, &in, &at, &f, &out), 0);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *lead, *clear, *pii, *masked;
} splits[] = {
	{ "{}", "{}", "{}", "{}" },
	{ "{'zip':'90210','phone':'+13105550123','email':'jo@example.com','ssn':'219099999'}", "{'zip':'90210'}",
	  "{'phone':'+13105550123','email':'jo@example.com','ssn':'219099999'}",
	  "{'zip':'90210','phone':'+1******0123','email':'j***@example.com','ssn':'***'}" },
	{ "{'residence':{'years':3,'street':'1 A St','zip':'10001'}}", "{'residence':{'years':3,'zip':'10001'}}",
	  "{'residence':{'street':'1 A St'}}", "{'residence':{'years':3,'street':'***','zip':'10001'}}" },
	{ "{'residence':{'street':'1 A St'}}", "{'residence':{}}", "{'residence':{'street':'1 A St'}}",
	  "{'residence':{'street':'***'}}" },
	{ "{'residence':{}}", "{'residence':{}}", "{}", "{'residence':{}}" },
	{ "{'drivers':[{'kind':'a'},{'kind':'b','birth':'1990-01-02','why':'x'},{'birth':'1991-01-01'}],'tags':['t']}",
	  "{'drivers':[{'kind':'a'},{'kind':'b','why':'x'},{}],'tags':['t']}",
	  "{'drivers':[{},{'birth':'1990-01-02'},{'birth':'1991-01-01'}]}",
	  "{'drivers':[{'kind':'a'},{'kind':'b','birth':'***','why':'x'},{'birth':'***'}],'tags':['t']}" },
	{ "{'drivers':[{'kind':'a'}]}", "{'drivers':[{'kind':'a'}]}", "{}", "{'drivers':[{'kind':'a'}]}" },
	{ "{'drivers':[]}", "{'drivers':[]}", "{}", "{'drivers':[]}" },
	{ "{'zip':'90210','old':{'x':['secret',7]}}", "{'zip':'90210'}", "{'old':{'x':['secret',7]}}",
	  "{'zip':'90210','old':{'x':['***','***']}}" },
	{ "{'phone':'5','email':'jo'}", "{}", "{'phone':'5','email':'jo'}", "{'phone':'***','email':'***'}" },
	{ "{'phone':'+442079460958'}", "{}", "{'phone':'+442079460958'}", "{'phone':'+********0958'}" },
};

START_TEST(a_lead_is_split_joined_and_masked)
{
	struct world w;
	struct value lead, clear, pii, whole, masked;

	world_open(&w);
	lead = doc(w.a, splits[_i].lead);
	lead_split(w.a, &w.vertical, &lead, &clear, &pii);
	ck_assert_str_eq(shown(w.a, &clear), splits[_i].clear);
	ck_assert_str_eq(shown(w.a, &pii), splits[_i].pii);
	whole = lead_join(w.a, &w.vertical, &clear, &pii);
	ck_assert_str_eq(shown(w.a, &whole), splits[_i].lead);
	masked = lead_mask(w.a, &w.vertical, &lead);
	ck_assert_str_eq(shown(w.a, &masked), splits[_i].masked);
	arena_free(&w.a);
}
END_TEST

START_TEST(half_a_lead_is_joined)
{
	struct world w;
	struct value clear, pii, whole;

	world_open(&w);
	clear = doc(w.a, "{'zip':'90210'}");
	pii = doc(w.a, "{'phone':'+13105550123'}");
	whole = lead_join(w.a, &w.vertical, &clear, NULL);
	ck_assert_str_eq(shown(w.a, &whole), "{'zip':'90210'}");
	whole = lead_join(w.a, &w.vertical, NULL, &pii);
	ck_assert_str_eq(shown(w.a, &whole), "{'phone':'+13105550123'}");
	/* One part is of an older vertical, in which the list was not split. */
	clear = doc(w.a, "{'drivers':[{'kind':'a'},{'kind':'b'}],'zip':'90210'}");
	pii = doc(w.a, "{'drivers':[{'birth':'1990-01-02'}],'zip':'10001'}");
	whole = lead_join(w.a, &w.vertical, &clear, &pii);
	ck_assert_str_eq(shown(w.a, &whole), "{'zip':'90210','drivers':[{'kind':'a','birth':'1990-01-02'},{'kind':'b'}]}");
	arena_free(&w.a);
}
END_TEST

TCase *lead_cases(void)
{
	TCase *cases = tcase_create("lead");

	tcase_add_loop_test(cases, a_lead_is_checked, 0, N_OF(checks));
	tcase_add_test(cases, conditions_see_what_stands_beside_the_lead);
	tcase_add_loop_test(cases, a_lead_is_split_joined_and_masked, 0, N_OF(splits));
	tcase_add_test(cases, half_a_lead_is_joined);
	return cases;
}
