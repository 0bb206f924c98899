/* What a form asks for, as its steps, its lists' counts and earlier answers have it; and the lead that the values make. */
#include "fcgi-app/form/entries.h"
#include "lib/base/buf.h"
#include "lib/lead/lead.h"
#include "lib/wire/json.h"
#include "tests/unit/form/suites.h"

static const char fields[] =
    "{'key':'v','name':'V','fields':["
    "{'name':'zip','type':'zip','ping':'required','post':'required'},"
    "{'name':'owner','type':'boolean','ping':'optional','post':'optional'},"
    "{'name':'roof','type':'text','ping':'required_if','post':'required_if','if':{'field':'lead.owner','op':'eq','value':true}},"
    "{'name':'sub','type':'text','ping':'required_if','post':'required_if','if':{'field':'source.sub1','op':'eq','value':'x'}},"
    "{'name':'current','type':'object','ping':'required_if','post':'required_if','if':{'field':'lead.owner','op':'eq','value':true},'fields':["
    "{'name':'company','type':'text','ping':'required','post':'required'},{'name':'since','type':'date','ping':'optional','post':'optional'}]},"
    "{'name':'home','type':'object','ping':'required','post':'required','fields':["
    "{'name':'kind','type':'choice','values':['own','rent'],'ping':'required','post':'required'},{'name':'years','type':'integer','ping':'optional','post':'optional'}]},"
    "{'name':'drivers','type':'list','min':1,'max':3,'ping':'required','post':'required','fields':["
    "{'name':'name','type':'text','ping':'required','post':'required'},"
    "{'name':'tickets','type':'list','max':2,'ping':'optional','post':'optional','fields':[{'name':'day','type':'date','ping':'required','post':'required'}]}]},"
    "{'name':'cars','type':'list','max':2,'ping':'optional','post':'optional','fields':["
    "{'name':'make','type':'text','ping':'required','post':'required'},{'name':'year','type':'integer','ping':'optional','post':'optional'}]},"
    "{'name':'tags','type':'list','max':2,'ping':'optional','post':'optional'}]}";

static struct arena *arena;
static struct vertical vertical;
static struct campaign campaign;

static void setup(void)
{
	struct faults f;
	struct value doc;

	arena = arena_new((size_t)1 << 28);
	faults_init(&f, arena);
	doc = form_doc(arena, fields);
	ck_assert_int_eq(vertical_compile(arena, &doc, PATH_ROOT, &f, &vertical), 0);
	campaign = (struct campaign){ .vertical = &vertical };
}

static void teardown(void)
{
	arena_free(&arena);
}

static struct form_page form_of(const char *steps)
{
	struct value doc = form_doc(arena, steps);
	struct form_page form = { .campaign = &campaign, .n_steps = doc.n };

	form.steps = arena_array_of(arena, doc.n, struct form_step);
	for (size_t i = 0; i < doc.n; i++) {
		form.steps[i].n_fields = doc.items[i].n;
		form.steps[i].fields = arena_array_of(arena, doc.items[i].n, struct str);
		for (size_t k = 0; k < doc.items[i].n; k++)
			form.steps[i].fields[k] = doc.items[i].items[k].text;
	}
	return form;
}

/* "zip*" is needed, "roof?" conditional; "[drivers.0" and "]" are an entry, "[drivers.1-" one that may go, "+drivers" a button. */
static const char *listed(const struct inputs *in)
{
	size_t step = 0;
	struct buf b;

	buf_in(&b, arena, 1 << 20);
	for (size_t i = 0; i < in->n; i++) {
		const struct input *x = &in->list[i];

		for (; step < x->step; step++)
			buf_add_cstr(&b, "/ ");
		switch (x->kind) {
		case INPUT_OPEN: buf_addf(&b, "[%.*s%s ", STR_ARG(x->name), x->may_go ? "-" : ""); break;
		case INPUT_CLOSE: buf_add_cstr(&b, "] "); break;
		case INPUT_MORE: buf_addf(&b, "+%.*s ", STR_ARG(x->name)); break;
		case INPUT_FIELD: buf_addf(&b, "%.*s%s%s ", STR_ARG(x->name), x->needed ? "*" : "", x->conditional ? "?" : ""); break;
		}
	}
	return b.n > 0 ? arena_cstr(arena, (struct str){ b.p, b.n - 1 }) : "";
}

static const struct {
	const char *steps, *counts, *lead, *want;
} lists[] = {
	{ "[['zip','owner','roof']]", "{}", "{}", "zip* owner roof?" },
	{ "[['roof','zip']]", "{}", NULL, "roof? zip*" },
	{ "[['nothing','zip','zip.x','zip','']]", "{}", "{}", "zip*" },
	/* An earlier step settles what is needed; the same one does not, and nothing but the lead does. */
	{ "[['owner'],['roof','zip']]", "{}", "{}", "owner / zip*" },
	{ "[['owner'],['roof','zip']]", "{}", "{'owner':true}", "owner / roof* zip*" },
	{ "[['owner'],['roof','zip']]", "{}", "{'owner':false}", "owner / zip*" },
	{ "[['owner'],['roof','zip']]", "{}", NULL, "owner / roof? zip*" },
	{ "[['zip'],['owner','roof']]", "{}", "{}", "zip* / owner roof?" },
	{ "[['owner'],['sub']]", "{}", "{}", "owner / sub?" },
	{ "[['owner'],['current']]", "{}", "{'owner':true}", "owner / current.company* current.since" },
	{ "[['owner'],['current.company']]", "{}", "{}", "owner" },
	{ "[['current.since','owner']]", "{}", "{}", "current.since? owner" },
	/* Objects, whole and in part. */
	{ "[['home']]", "{}", "{}", "home.kind* home.years" },
	{ "[['home.years','zip','home.kind']]", "{}", "{}", "home.years home.kind* zip*" },
	{ "[['home.years'],['home']]", "{}", "{}", "home.years / home.kind* home.years" },
	/* Lists, whole and in part; the first entry is there, more are asked for. */
	{ "[['cars']]", "{}", "{}", "[cars.0 cars.0.make* cars.0.year ] +cars" },
	{ "[['cars']]", "{'cars':2}", "{}", "[cars.0 cars.0.make* cars.0.year ] [cars.1- cars.1.make* cars.1.year ]" },
	{ "[['cars']]", "{'cars':99}", "{}", "[cars.0 cars.0.make* cars.0.year ] [cars.1- cars.1.make* cars.1.year ]" },
	{ "[['cars']]", "{'cars':0}", "{}", "+cars" },
	{ "[['cars']]", "{'cars':-1}", "{}", "[cars.0 cars.0.make* cars.0.year ] +cars" },
	{ "[['cars']]", "{'cars':'x'}", "{}", "[cars.0 cars.0.make* cars.0.year ] +cars" },
	{ "[['cars.0.year','cars.0.make']]", "{'cars':2}", "{}", "[cars.0 cars.0.year cars.0.make* ] [cars.1- cars.1.year cars.1.make* ]" },
	{ "[['cars.0.year','cars.1.make']]", "{}", "{}", "[cars.0 cars.0.year ] [cars.1- cars.1.make* ]" },
	{ "[['cars.0.year'],['cars.0.make']]", "{'cars':2}", "{}", "[cars.0 cars.0.year ] [cars.1- cars.1.year ] / [cars.0 cars.0.make* ] [cars.1- cars.1.make* ]" },
	{ "[['cars.0.year'],['cars.0.make']]", "{}", "{}", "[cars.0 cars.0.year ] +cars / [cars.0 cars.0.make* ]" },
	{ "[['cars.0']]", "{}", "{}", "[cars.0 cars.0.make* cars.0.year ] +cars" },
	{ "[['cars.x.make','cars.-1.make']]", "{}", "{}", "[cars.0 cars.0.make* cars.0.year ] +cars" },
	{ "[['tags']]", "{'tags':2}", "{}", "[tags.0 tags.0 ] [tags.1- tags.1 ]" },
	{ "[['tags.0']]", "{}", "{}", "[tags.0 tags.0 ] +tags" },
	/* A list within a list has no entry until one is asked for. */
	{ "[['drivers']]", "{}", "{}", "[drivers.0 drivers.0.name* +drivers.0.tickets ] +drivers" },
	{ "[['drivers']]", "{'drivers.0.tickets':1}", "{}",
	    "[drivers.0 drivers.0.name* [drivers.0.tickets.0 drivers.0.tickets.0.day* ] +drivers.0.tickets ] +drivers" },
	{ "[['drivers.0.tickets.0.day','drivers.0.name']]", "{}", "{}",
	    "[drivers.0 [drivers.0.tickets.0 drivers.0.tickets.0.day* ] +drivers.0.tickets drivers.0.name* ] +drivers" },
};

START_TEST(lists_inputs)
{
	struct form_page form = form_of(lists[_i].steps);
	struct visit v = { .counts = form_doc(arena, lists[_i].counts) };
	struct value lead = { 0 };
	struct inputs in;

	if (lists[_i].lead != NULL)
		lead = form_doc(arena, lists[_i].lead);
	inputs_list(arena, &form, &v, lists[_i].lead != NULL ? &lead : NULL, &in);
	ck_assert_str_eq(listed(&in), lists[_i].want);
}
END_TEST

static const struct {
	const char *values, *want;
} leads[] = {
	{ "{}", "{}" },
	{ "{'zip':'90210','owner':'yes'}", "{'zip':'90210','owner':'yes'}" },
	{ "{'home.years':'3'}", "{'home':{'years':'3'}}" },
	{ "{'drivers.0.name':'A','drivers.1.name':'B'}", "{'drivers':[{'name':'A'},{'name':'B'}]}" },
	/* An entry that was left empty before one that wasn't is an entry; behind the last one there is none. */
	{ "{'drivers.1.name':'B'}", "{'drivers':[{},{'name':'B'}]}" },
	{ "{'drivers.0.tickets.0.day':'2020-01-01'}", "{'drivers':[{'tickets':[{'day':'2020-01-01'}]}]}" },
	{ "{'tags.1':'b'}", "{'tags':['','b']}" },
	/* What the form does not show is not in the lead. */
	{ "{'drivers.2.name':'C','nothing':'x','cars.0.make':'M'}", "{}" },
};

START_TEST(makes_leads)
{
	struct form_page form = form_of("[['zip','owner','home'],['drivers','tags']]");
	struct value values = form_doc(arena, leads[_i].values), want = form_doc(arena, leads[_i].want), lead;
	struct visit v = { .counts = form_doc(arena, "{'drivers':2,'tags':2,'drivers.0.tickets':1}") };
	struct inputs in;
	struct buf b;

	inputs_list(arena, &form, &v, NULL, &in);
	lead = inputs_lead(arena, &vertical, &in, &values);
	buf_in(&b, arena, 1 << 16);
	json_write(&b, &lead);
	ck_assert_msg(value_eq(&lead, &want), "%s", b.p);
}
END_TEST

static const struct {
	const char *name, *want; /* NULL: none */
} at[] = {
	{ "zip", "zip" }, { "home.kind", "home.kind" }, { "home", "home.kind" }, { "drivers", "drivers.0.name" }, { "drivers.1", "drivers.1.name" },
	{ "tags.0", "tags.0" }, { "tags", "tags.0" }, { "ho", NULL }, { "owner", NULL }, { "drivers.9", NULL }, { "", NULL }, { "zip.x", NULL },
};

START_TEST(finds_where_a_fault_is_shown)
{
	struct form_page form = form_of("[['zip','home'],['drivers','tags']]");
	struct visit v = { .counts = form_doc(arena, "{'drivers':2}") };
	const struct input *found;
	struct inputs in;

	inputs_list(arena, &form, &v, NULL, &in);
	found = inputs_at(&in, str_of(at[_i].name));
	if (at[_i].want == NULL)
		ck_assert_ptr_null(found);
	else
		ck_assert_msg(found != NULL && str_is(found->name, at[_i].want), "%s", at[_i].name);
}
END_TEST

/* Entries in entries, as many as anybody may ask for: bounded, and every group that opens closes. */
START_TEST(is_bounded)
{
	static const char model[] = "{'key':'v','name':'V','fields':[{'name':'a','type':'list','max':50,'fields':[{'name':'b','type':'list','max':50,'fields':["
				    "{'name':'c','type':'list','max':50,'fields':[{'name':'d','type':'text'}]}]}]}]}";
	struct value doc = form_doc(arena, model), many = value_int(arena, 50);
	struct form_page form = form_of("[['a']]");
	struct visit v = { .counts = value_object(NULL, 0) };
	struct faults f;
	struct inputs in;
	int depth = 0;

	faults_init(&f, arena);
	ck_assert_int_eq(vertical_compile(arena, &doc, PATH_ROOT, &f, &vertical), 0);
	v.counts = visit_with(arena, &v.counts, STR("a"), &many);
	for (int i = 0; i < 50; i++) {
		v.counts = visit_with(arena, &v.counts, arena_printf(arena, "a.%d.b", i), &many);
		for (int k = 0; k < 50; k += 7)
			v.counts = visit_with(arena, &v.counts, arena_printf(arena, "a.%d.b.%d.c", i, k), &many);
	}
	inputs_list(arena, &form, &v, NULL, &in);
	ck_assert_uint_le(in.n, INPUTS_MAX);
	for (size_t i = 0; i < in.n; i++) {
		depth += (in.list[i].kind == INPUT_OPEN) - (in.list[i].kind == INPUT_CLOSE);
		ck_assert_int_ge(depth, 0);
	}
	ck_assert_int_eq(depth, 0);
}
END_TEST

/* A page's worth of inputs, all of them typed into before: what is sent replaces what was there, in memory of its own size. */
START_TEST(what_was_typed_is_taken_once)
{
	struct req q = { .arena = arena };
	struct walk w = { .q = &q, .visit.values = value_object(arena_array_of(arena, INPUTS_MAX, struct member), 0) };
	struct form sent = { .pairs = arena_array_of(arena, INPUTS_MAX, struct form_pair) };
	size_t before;

	w.inputs.list = arena_array_of(arena, INPUTS_MAX, struct input);
	w.inputs.n = w.visit.values.n = INPUTS_MAX;
	for (size_t i = 0; i < INPUTS_MAX; i++) {
		struct str name = arena_printf(arena, "f%zu", i);

		w.inputs.list[i] = (struct input){ .kind = INPUT_FIELD, .name = name, .step = i < 10 };
		w.visit.values.members[i] = (struct member){ name, value_text(STR("old")) };
		if (i % 3 > 0)
			sent.pairs[sent.n++] = (struct form_pair){ arena_printf(arena, "lead.%.*s", STR_ARG(name)), i % 3 == 1 ? STR(" new ") : STR("  ") };
	}
	before = arena_used(arena);
	entries_take(&w, &sent, 0);
	ck_assert_uint_lt(arena_used(arena) - before, 400 * 1024);
	ck_assert_uint_eq(w.visit.values.n, 10 + (INPUTS_MAX - 10 + 2) / 3);
	ck_assert(str_is(value_get_text(&w.visit.values, STR("f3"), STR("")), "old"));
	ck_assert(str_is(value_get_text(&w.visit.values, STR("f10"), STR("")), "new"));
	ck_assert_ptr_null(value_get(&w.visit.values, STR("f11")));
	ck_assert_ptr_null(value_get(&w.visit.values, STR("f12")));
}
END_TEST

TCase *input_cases(void)
{
	TCase *tc = tcase_create("inputs");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, lists_inputs, 0, N_OF(lists));
	tcase_add_loop_test(tc, makes_leads, 0, N_OF(leads));
	tcase_add_loop_test(tc, finds_where_a_fault_is_shown, 0, N_OF(at));
	tcase_add_test(tc, is_bounded);
	tcase_add_test(tc, what_was_typed_is_taken_once);
	return tc;
}
