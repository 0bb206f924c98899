#include "lib/base/map.h"
#include "lib/lead/facts.h"
#include "lib/lead/vertical.h"
#include "tests/unit/lead/suites.h"

static const char vertical_text[] =
	"{'key':'auto','fields':["
	"{'name':'zip','type':'zip','ping':'required'},{'name':'state','type':'state','ping':'optional'},"
	"{'name':'age','type':'integer','ping':'optional'},{'name':'rate','type':'decimal','ping':'optional'},"
	"{'name':'owner','type':'boolean','ping':'optional'},{'name':'note','type':'text','ping':'optional'},"
	"{'name':'gone','type':'text','ping':'optional'},{'name':'tags','type':'list','ping':'optional'},"
	"{'name':'home','type':'object','ping':'optional','fields':[{'name':'city','type':'text','ping':'optional'}]},"
	"{'name':'drivers','type':'list','ping':'optional','fields':[{'name':'sex','type':'text','ping':'optional'}]}]}";

static const char lead_text[] =
	"{'zip':'90210','state':'CA','age':42,'rate':6.50,'owner':true,'note':'2nd call: 555-0123','tags':['a','b'],"
	"'home':{'city':'Salem'},'drivers':[{'sex':'m'},{}]}";

struct world {
	struct arena *a;
	struct vertical vertical;
	struct condition_env env;
	struct facts facts;
	struct value lead, source, consent, event;
	struct faults faults;
};

static void world_open(struct world *w)
{
	struct map *lists, *zips;
	struct value v;

	memset(w, 0, sizeof(*w));
	w->a = arena_new(1 << 24);
	lists = map_new(w->a);
	zips = map_new(w->a);
	map_put(zips, STR("90210"), w);
	map_put(lists, STR("socal"), zips);
	v = doc(w->a, vertical_text);
	faults_init(&w->faults, w->a);
	ck_assert_int_eq(vertical_compile(w->a, &v, PATH_ROOT, &w->faults, &w->vertical), 0);
	w->env = fact_env(&w->vertical, lists);
	w->lead = doc(w->a, lead_text);
	w->source = doc(w->a, "{'sub1':'fb-77','sub2':''}");
	w->consent = doc(w->a, "{'tcpa':true,'buyers':['acme','zeta']}");
	w->event = doc(w->a, "{'session_seconds':42}");
	w->facts = (struct facts){ .lead = &w->lead, .source = &w->source, .consent = &w->consent, .event = &w->event,
		.seller = value_text(STR("acme-media")), .score = value_int(w->a, 82), .hour = value_int(w->a, 14),
		.weekday = value_text(STR("mon")) };
}

static const struct condition *compiled(struct world *w, const char *text)
{
	const struct condition *c;
	struct value v = doc(w->a, text);

	if (condition_compile(w->a, &v, PATH_ROOT, &w->env, &w->faults, &c) != 0)
		ck_abort_msg("%s: %s", text, shown_faults(&w->faults));
	return c;
}

/* field, op and value of a leaf; what it is. */
static const struct {
	const char *leaf;
	bool holds;
} leaves[] = {
	{ "'field':'lead.zip','op':'eq','value':'90210'", true },
	{ "'field':'lead.zip','op':'eq','value':90210", true }, /* a text and a number: as texts */
	{ "'field':'lead.zip','op':'eq','value':90210.0", false },
	{ "'field':'lead.age','op':'eq','value':42", true },
	{ "'field':'lead.age','op':'eq','value':42.0", true },
	{ "'field':'lead.age','op':'eq','value':4.2e1", true },
	{ "'field':'lead.age','op':'eq','value':'42'", true },
	{ "'field':'lead.age','op':'eq','value':'42.0'", false },
	{ "'field':'lead.rate','op':'eq','value':6.5", true },
	{ "'field':'lead.rate','op':'eq','value':'6.5'", false },
	{ "'field':'lead.rate','op':'eq','value':'6.50'", true },
	{ "'field':'lead.owner','op':'eq','value':true", true },
	{ "'field':'lead.owner','op':'eq','value':false", false },
	{ "'field':'lead.owner','op':'eq','value':'true'", true },
	{ "'field':'lead.owner','op':'eq','value':1", false },
	{ "'field':'lead.state','op':'eq','value':'ca'", false },
	{ "'field':'lead.state','op':'ne','value':'NV'", true },
	{ "'field':'lead.state','op':'ne','value':'CA'", false },
	{ "'field':'lead.gone','op':'ne','value':'x'", true },
	{ "'field':'lead.gone','op':'eq','value':'x'", false },
	{ "'field':'lead.gone','op':'not_in','value':['x']", true },
	{ "'field':'lead.gone','op':'in','value':['x','']", false },
	{ "'field':'lead.gone','op':'missing'", true },
	{ "'field':'lead.gone','op':'exists'", false },
	{ "'field':'lead.gone','op':'lt','value':5", false },
	{ "'field':'lead.gone','op':'matches','value':'.*'", false },
	{ "'field':'lead.gone','op':'prefix','value':''", false },
	{ "'field':'lead.gone','op':'in_list','value':'socal'", false },
	{ "'field':'lead.zip','op':'missing'", false },
	{ "'field':'lead.zip','op':'exists'", true },
	{ "'field':'lead.zip','op':'exists','value':true", true },
	{ "'field':'lead.state','op':'in','value':['NV','CA']", true },
	{ "'field':'lead.state','op':'in','value':['NV','OR']", false },
	{ "'field':'lead.state','op':'not_in','value':['NV','CA']", false },
	{ "'field':'lead.state','op':'in','value':['A','B','C','D','E','F','G','H','I','CA']", true },
	{ "'field':'lead.state','op':'in','value':['A','B','C','D','E','F','G','H','I','J']", false },
	{ "'field':'lead.state','op':'not_in','value':['A','B','C','D','E','F','G','H','I','J']", true },
	{ "'field':'lead.age','op':'in','value':[1,42.0]", true },
	{ "'field':'lead.age','op':'in','value':[9,8,7,6,5,4,3,2,1,42.0]", true },
	{ "'field':'lead.age','op':'in','value':[9,8,7,6,5,4,3,2,1,'42.0']", false },
	{ "'field':'lead.age','op':'in','value':[9,8,7,6,5,4,3,2,1,'42']", true },
	{ "'field':'lead.zip','op':'in','value':[9,8,7,6,5,4,3,2,1,90210.0]", false },
	{ "'field':'lead.owner','op':'in','value':[false,'x',true]", true },
	{ "'field':'lead.age','op':'lt','value':42", false },
	{ "'field':'lead.age','op':'le','value':42", true },
	{ "'field':'lead.age','op':'gt','value':41.5", true },
	{ "'field':'lead.age','op':'ge','value':43", false },
	{ "'field':'lead.age','op':'ge','value':'42'", true },
	{ "'field':'lead.zip','op':'gt','value':90000", true }, /* a text that is a number counts */
	{ "'field':'lead.note','op':'gt','value':1", false },
	{ "'field':'lead.note','op':'le','value':1000", false },
	{ "'field':'lead.owner','op':'ge','value':0", false },
	{ "'field':'lead.age','op':'between','value':[42,50]", true },
	{ "'field':'lead.age','op':'between','value':[30,42]", true },
	{ "'field':'lead.age','op':'between','value':[43,50]", false },
	{ "'field':'lead.zip','op':'between','value':['90001','96162']", true },
	{ "'field':'lead.zip','op':'prefix','value':'902'", true },
	{ "'field':'lead.zip','op':'prefix','value':'903'", false },
	{ "'field':'lead.note','op':'contains','value':'call'", true },
	{ "'field':'lead.note','op':'contains','value':'Call'", false },
	{ "'field':'lead.tags','op':'contains','value':'b'", true },
	{ "'field':'lead.tags','op':'contains','value':'ab'", false },
	{ "'field':'consent.buyers','op':'contains','value':'zeta'", true },
	{ "'field':'lead.note','op':'matches','value':'^2nd .*-0[0-9]{3}$'", true },
	{ "'field':'lead.note','op':'matches','value':'^call'", false },
	{ "'field':'lead.zip','op':'in_list','value':'socal'", true },
	{ "'field':'lead.state','op':'in_list','value':'socal'", false },
	{ "'field':'lead.home.city','op':'eq','value':'Salem'", true },
	{ "'field':'lead.drivers.0.sex','op':'eq','value':'m'", true },
	{ "'field':'lead.drivers.1.sex','op':'missing'", true },
	{ "'field':'lead.drivers.7.sex','op':'missing'", true },
	{ "'field':'lead.drivers','op':'exists'", true },
	{ "'field':'lead.tags.1','op':'eq','value':'b'", true },
	{ "'field':'source.sub1','op':'eq','value':'fb-77'", true },
	{ "'field':'source.sub3','op':'missing'", true },
	{ "'field':'consent.tcpa','op':'eq','value':true", true },
	{ "'field':'event.session_seconds','op':'gt','value':40", true },
	{ "'field':'seller','op':'eq','value':'acme-media'", true },
	{ "'field':'score','op':'ge','value':82", true },
	{ "'field':'lead_age_s','op':'missing'", true },
	{ "'field':'hour','op':'between','value':[9,17]", true },
	{ "'field':'weekday','op':'in','value':['sat','sun']", false },
};

START_TEST(a_leaf_holds)
{
	struct world w;
	const struct condition *c;

	world_open(&w);
	c = compiled(&w, arena_printf(w.a, "{%s}", leaves[_i].leaf).p);
	ck_assert_msg(condition_holds(c, fact_fetch, &w.facts) == leaves[_i].holds, "%s", leaves[_i].leaf);
	facts_index(w.a, &w.vertical, &w.facts);
	ck_assert_msg(condition_holds(c, fact_fetch, &w.facts) == leaves[_i].holds, "indexed: %s", leaves[_i].leaf);
	arena_free(&w.a);
}
END_TEST

#define YES "{'field':'lead.zip','op':'exists'}"
#define NO "{'field':'lead.zip','op':'missing'}"

static const struct {
	const char *doc;
	bool holds;
} groups[] = {
	{ "{'all':[" YES "," YES "]}", true },
	{ "{'all':[" YES "," NO "]}", false },
	{ "{'all':[]}", true },
	{ "{'any':[" NO "," YES "]}", true },
	{ "{'any':[" NO "," NO "]}", false },
	{ "{'not':" NO "}", true },
	{ "{'not':{'not':" NO "}}", false },
	{ "{'all':[{'any':[" NO "," YES "]},{'not':{'all':[" YES "," NO "]}}]}", true },
	{ "{'not':{'any':[" NO "," YES "]}}", false },
};

START_TEST(a_group_holds)
{
	struct world w;

	world_open(&w);
	ck_assert_msg(condition_holds(compiled(&w, groups[_i].doc), fact_fetch, &w.facts) == groups[_i].holds, "%s",
	    groups[_i].doc);
	arena_free(&w.a);
}
END_TEST

static const struct {
	const char *doc, *faults;
} wrong[] = {
	{ "[]", " invalid_field" },
	{ "{}", "/field missing_field; /op missing_field" },
	{ "{'field':'lead.zip'}", "/op missing_field" },
	{ "{'field':'lead.zip','op':'is'}", "/op invalid_field" },
	{ "{'field':'lead.zip','op':'eq'}", "/value missing_field" },
	{ "{'field':'lead.zip','op':'eq','value':null}", "/value missing_field" },
	{ "{'field':'lead.zip','op':'eq','value':[]}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'eq','value':'1','colour':2}", "/colour unknown_member" },
	{ "{'field':'lead.zap','op':'exists'}", "/field invalid_field" },
	{ "{'field':'lead','op':'exists'}", "/field invalid_field" },
	{ "{'field':'source','op':'exists'}", "/field invalid_field" },
	{ "{'field':'source.sub9','op':'exists'}", "/field invalid_field" },
	{ "{'field':'consent.tpca','op':'exists'}", "/field invalid_field" },
	{ "{'field':'secret.token','op':'exists'}", "/field invalid_field" },
	{ "{'field':'hashes.phone_md5','op':'exists'}", "/field invalid_field" },
	{ "{'field':'item.sex','op':'exists'}", "/field invalid_field" },
	{ "{'field':'score.x','op':'exists'}", "/field invalid_field" },
	{ "{'field':'lead.drivers.sex','op':'exists'}", "/field invalid_field" },
	{ "{'field':7,'op':'exists'}", "/field invalid_field" },
	{ "{'field':'lead.zip','op':'exists','value':'x'}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'in','value':'x'}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'in','value':[]}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'in','value':['x',null,[]]}", "/value/1 invalid_field; /value/2 invalid_field" },
	{ "{'field':'lead.age','op':'lt','value':'old'}", "/value invalid_field" },
	{ "{'field':'lead.age','op':'lt','value':true}", "/value invalid_field" },
	{ "{'field':'lead.age','op':'between','value':[1]}", "/value invalid_field" },
	{ "{'field':'lead.age','op':'between','value':[2,1]}", "/value invalid_field" },
	{ "{'field':'lead.age','op':'between','value':'1-2'}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'prefix','value':90}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'contains','value':true}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'matches','value':'('}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'matches','value':1}", "/value invalid_field" },
	{ "{'field':'lead.zip','op':'in_list','value':'nocal'}", "/value unknown_reference" },
	{ "{'field':'lead.zip','op':'in_list','value':['socal']}", "/value invalid_field" },
	{ "{'any':[]}", "/any invalid_field" },
	{ "{'any':" YES "}", "/any invalid_field" },
	{ "{'all':[" YES ",{'op':'eq'}]}", "/all/1/field missing_field; /all/1/value missing_field" },
	{ "{'not':{'field':'lead.q','op':'exists'}}", "/not/field invalid_field" },
	{ "{'not':[]}", "/not invalid_field" },
	{ "{'all':[],'op':'eq'}", "/op unknown_member" },
	{ "{'field':'lead.zip','any':[" YES "]}", "/field unknown_member" },
};

START_TEST(every_fault_is_found)
{
	struct world w;
	const struct condition *c;
	struct value v;

	world_open(&w);
	v = doc(w.a, wrong[_i].doc);
	ck_assert_int_eq(condition_compile(w.a, &v, PATH_ROOT, &w.env, &w.faults, &c), -1);
	ck_assert_msg(strcmp(shown_faults(&w.faults), wrong[_i].faults) == 0, "%s: %s", wrong[_i].doc, shown_faults(&w.faults));
	ck_assert_ptr_null(c);
	arena_free(&w.a);
}
END_TEST

START_TEST(depth_and_size_are_bounded)
{
	struct world w;
	const struct condition *c;
	struct str text = STR(YES), many = STR(YES);
	struct value v;

	world_open(&w);
	for (int i = 0; i < CONDITION_DEPTH; i++)
		text = arena_printf(w.a, "{'not':%.*s}", STR_ARG(text));
	v = doc(w.a, text.p);
	ck_assert_int_eq(condition_compile(w.a, &v, PATH_ROOT, &w.env, &w.faults, &c), 0);
	v = doc(w.a, arena_printf(w.a, "{'not':%.*s}", STR_ARG(text)).p);
	ck_assert_int_eq(condition_compile(w.a, &v, PATH_ROOT, &w.env, &w.faults, &c), -1);
	for (int i = 1; i < CONDITION_LEAVES; i++)
		many = arena_printf(w.a, "%.*s," YES, STR_ARG(many));
	v = doc(w.a, arena_printf(w.a, "{'all':[%.*s]}", STR_ARG(many)).p);
	ck_assert_int_eq(condition_compile(w.a, &v, PATH_ROOT, &w.env, &w.faults, &c), 0);
	v = doc(w.a, arena_printf(w.a, "{'all':[" YES ",%.*s]}", STR_ARG(many)).p);
	ck_assert_int_eq(condition_compile(w.a, &v, PATH_ROOT, &w.env, &w.faults, &c), -1);
	arena_free(&w.a);
}
END_TEST

static const struct {
	const char *field;
	bool geo;
} names[] = {
	{ "lead.zip", true }, { "lead.state", true }, { "lead.home.city", true }, { "lead.age", false }, { "source.sub1", false },
	{ "hour", false }, { "lead.drivers.0.sex", false },
};

static void last_source(void *ctx, const void *source)
{
	*(const void **)ctx = source;
}

START_TEST(a_source_has_a_name)
{
	struct world w;
	const void *source = NULL;

	world_open(&w);
	condition_each_source(compiled(&w, arena_printf(w.a, "{'not':{'field':'%s','op':'exists'}}", names[_i].field).p),
	    last_source, &source);
	ck_assert_ptr_nonnull(source);
	ck_assert(str_is(fact_name(source), names[_i].field));
	ck_assert_int_eq(fact_is_geo(source), names[_i].geo);
	arena_free(&w.a);
}
END_TEST

START_TEST(a_thousand_values_are_looked_up)
{
	struct world w;
	const struct condition *c;
	struct str text = STR("1000");

	world_open(&w);
	for (int i = 1001; i < 2000; i++)
		text = arena_printf(w.a, "%.*s,%d", STR_ARG(text), i);
	c = compiled(&w, arena_printf(w.a, "{'field':'lead.age','op':'in','value':[%.*s]}", STR_ARG(text)).p);
	for (int i = 998; i < 2002; i++) {
		w.lead = doc(w.a, arena_printf(w.a, "{'age':%d.0}", i).p);
		ck_assert_int_eq(condition_holds(c, fact_fetch, &w.facts), i >= 1000 && i < 2000);
		w.lead = doc(w.a, arena_printf(w.a, "{'age':'%d'}", i).p);
		ck_assert_int_eq(condition_holds(c, fact_fetch, &w.facts), i >= 1000 && i < 2000);
	}
	arena_free(&w.a);
}
END_TEST

TCase *condition_cases(void)
{
	TCase *cases = tcase_create("condition");

	tcase_add_loop_test(cases, a_leaf_holds, 0, N_OF(leaves));
	tcase_add_loop_test(cases, a_group_holds, 0, N_OF(groups));
	tcase_add_loop_test(cases, every_fault_is_found, 0, N_OF(wrong));
	tcase_add_loop_test(cases, a_source_has_a_name, 0, N_OF(names));
	tcase_add_test(cases, depth_and_size_are_bounded);
	tcase_add_test(cases, a_thousand_values_are_looked_up);
	return cases;
}
