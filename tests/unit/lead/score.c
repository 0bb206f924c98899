#include "lib/lead/consent.h"
#include "lib/lead/score.h"
#include "tests/unit/lead/suites.h"

static const char vertical_text[] =
	"{'key':'v','fields':[{'name':'a','type':'text','ping':'optional'},{'name':'b','type':'text','ping':'optional'},"
	"{'name':'c','type':'text','ping':'required_if','if':{'field':'lead.a','op':'eq','value':'x'}},"
	"{'name':'d','type':'text','post':'optional'},"
	"{'name':'h','type':'object','ping':'required_if','if':{'field':'lead.a','op':'eq','value':'x'},'fields':["
	"{'name':'i','type':'text','ping':'optional'},{'name':'j','type':'text','ping':'optional'}]},"
	"{'name':'e','type':'list','ping':'optional','fields':[{'name':'f','type':'text','ping':'optional'},"
	"{'name':'g','type':'text','ping':'optional'}]}]}";

#define FORTY "'completeness':40,'source_quality':40,'intent':20,'intent_rules':[" \
	"{'when':{'field':'lead.a','op':'eq','value':'now'},'points':15}," \
	"{'when':{'field':'lead.b','op':'eq','value':'now'},'points':15}," \
	"{'when':{'field':'lead.b','op':'eq','value':'never'},'points':-30}]"

static const struct {
	const char *scoring, *lead;
	enum step_kind step;
	double rate;
	int score;
} scores[] = {
	/* asked in a ping: a, b, e */
	{ "{" FORTY "}", "{}", STEP_PING, 0, 0 },
	{ "{" FORTY "}", "{}", STEP_PING, -1, 20 },
	{ "{" FORTY "}", "{}", STEP_PING, 1, 40 },
	{ "{" FORTY "}", "{}", STEP_PING, 7, 40 },
	{ "{" FORTY "}", "{'a':'z'}", STEP_PING, 0, 13 },
	{ "{" FORTY "}", "{'a':'z','b':'z'}", STEP_PING, 0, 27 },
	{ "{" FORTY "}", "{'a':'now'}", STEP_PING, 0, 28 },
	{ "{" FORTY "}", "{'a':'now','b':'now'}", STEP_PING, 0, 47 }, /* 30 points, capped at the weight */
	{ "{" FORTY "}", "{'a':'now','b':'never'}", STEP_PING, 0, 27 }, /* -15, not below 0 */
	{ "{" FORTY "}", "{'a':'z','b':'z','e':[]}", STEP_PING, 0, 40 },
	{ "{" FORTY "}", "{'a':'z','b':'z','e':[{'f':'z'},{'f':'z','g':'z'}]}", STEP_PING, 0, 33 }, /* 5 of 6 */
	{ "{" FORTY "}", "{'a':'z','b':'z','c':'z'}", STEP_PING, 0, 30 }, /* 3 of 4 */
	{ "{" FORTY "}", "{'a':'z','b':'z','d':'z'}", STEP_POST, 0, 30 }, /* a post asks for d too */
	{ "{" FORTY "}", "{'a':'z','b':'z','h':{'i':'z'}}", STEP_PING, 0, 24 }, /* 3 of 5 */
	{ "{'completeness':100}", "{'a':'z','b':'z','e':[]}", STEP_PING, 0, 100 },
	{ "{}", "{'a':'z'}", STEP_PING, 1, 0 },
};

static void compile_vertical(struct arena *a, struct faults *f, struct vertical *out)
{
	struct value v = doc(a, vertical_text);

	faults_init(f, a);
	ck_assert_int_eq(vertical_compile(a, &v, PATH_ROOT, f, out), 0);
}

START_TEST(a_lead_is_scored)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, scores[_i].scoring), lead = doc(a, scores[_i].lead);
	struct facts facts = { .lead = &lead };
	const struct scoring *s;
	struct vertical vertical;
	struct faults f;

	compile_vertical(a, &f, &vertical);
	ck_assert_msg(scoring_compile(a, &v, &vertical, PATH_ROOT, &f, &s) == 0, "%s", shown_faults(&f));
	ck_assert_int_eq(score_of(s, &vertical, scores[_i].step, &facts, scores[_i].rate), scores[_i].score);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *doc, *faults;
} wrong[] = {
	{ "7", " invalid_field" },
	{ "{'minimum':101}", "/minimum invalid_field" },
	{ "{'completeness':60,'source_quality':41}", " invalid_field" },
	{ "{'weight':1}", "/weight unknown_member" },
	{ "{'intent_rules':[{'points':1.5}]}", "/intent_rules/0/points invalid_field; /intent_rules/0/when missing_field" },
	{ "{'intent_rules':[{'points':1,'when':{'field':'lead.q','op':'exists'}}]}", "/intent_rules/0/when/field invalid_field" },
	{ "{'intent_rules':[{'points':1,'when':{'not':{'field':'score','op':'ge','value':1}}}]}",
	  "/intent_rules/0/when invalid_field" },
};

START_TEST(every_fault_of_scoring_is_found)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, wrong[_i].doc);
	const struct scoring *s;
	struct vertical vertical;
	struct faults f;

	compile_vertical(a, &f, &vertical);
	ck_assert_int_eq(scoring_compile(a, &v, &vertical, PATH_ROOT, &f, &s), -1);
	ck_assert_msg(strcmp(shown_faults(&f), wrong[_i].faults) == 0, "%s: %s", wrong[_i].doc, shown_faults(&f));
	arena_free(&a);
}
END_TEST

static void count(void *ctx, const void *source)
{
	ck_assert_ptr_nonnull(source);
	++*(int *)ctx;
}

START_TEST(scoring_tells_its_minimum_and_what_it_reads)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, "{'minimum':30," FORTY "}");
	const struct scoring *s;
	struct vertical vertical;
	struct faults f;
	int n = 0;

	compile_vertical(a, &f, &vertical);
	ck_assert_int_eq(scoring_compile(a, &v, &vertical, PATH_ROOT, &f, &s), 0);
	ck_assert_int_eq(scoring_minimum(s), 30);
	scoring_each_source(s, count, &n);
	ck_assert_int_eq(n, 3);
	arena_free(&a);
}
END_TEST

#define OK REASON_NONE
#define MISSING REASON_CONSENT_MISSING

static const struct {
	const char *rule, *consent;
	enum reason ping, post;
} consents[] = {
	{ "{}", "{}", OK, OK },
	{ "{'require':[]}", "null", OK, OK },
	{ "{'require':['tcpa']}", "null", MISSING, MISSING },
	{ "{'require':['tcpa']}", "{'tcpa':false}", MISSING, MISSING },
	{ "{'require':['tcpa']}", "{'tcpa':true}", OK, OK },
	{ "{'require':['trustedform']}", "{'trustedform_ping_url':'https://x.example/'}", OK, MISSING },
	{ "{'require':['trustedform']}", "{'trustedform_cert_url':'https://x.example/'}", OK, OK },
	{ "{'require':['jornaya']}", "{'jornaya_leadid':'x'}", OK, OK },
	{ "{'require':['jornaya']}", "{'jornaya_leadid':' '}", MISSING, MISSING },
	{ "{'require':['text']}", "{}", OK, MISSING },
	{ "{'require':['text']}", "{'text':'I agree'}", OK, OK },
	{ "{'require':['tcpa','text']}", "{'tcpa':true}", OK, MISSING },
	{ "{'gpc':'block'}", "{'gpc':true}", REASON_GPC_BLOCK, REASON_GPC_BLOCK },
	{ "{'gpc':'block'}", "{'gpc':false}", OK, OK },
	{ "{'gpc':'record'}", "{'gpc':true}", OK, OK },
	{ "{'gpc':'block','require':['tcpa']}", "{'gpc':true}", REASON_GPC_BLOCK, REASON_GPC_BLOCK },
};

START_TEST(consent_is_screened)
{
	struct arena *a = arena_new(1 << 20);
	struct value rule_doc = doc(a, consents[_i].rule), consent = doc(a, consents[_i].consent);
	struct consent_rule rule;
	struct faults f;

	faults_init(&f, a);
	ck_assert_int_eq(consent_compile(&rule_doc, PATH_ROOT, &f, &rule), 0);
	ck_assert_int_eq(consent_screen(&rule, &consent, false), consents[_i].ping);
	ck_assert_int_eq(consent_screen(&rule, &consent, true), consents[_i].post);
	arena_free(&a);
}
END_TEST

START_TEST(consent_names_buyers)
{
	struct arena *a = arena_new(1 << 20);
	struct value none = doc(a, "{}"), some = doc(a, "{'buyers':['acme','zeta']}"), nobody = doc(a, "{'buyers':[]}");
	struct value wrong_rule = doc(a, "{'require':['tcpa','sms'],'gpc':'ask','x':1}");
	struct consent_rule rule;
	struct faults f;

	ck_assert(consent_names(NULL, STR("acme")));
	ck_assert(consent_names(&none, STR("acme")));
	ck_assert(consent_names(&some, STR("zeta")));
	ck_assert(!consent_names(&some, STR("zet")));
	ck_assert(!consent_names(&nobody, STR("acme")));
	ck_assert_int_eq(consent_screen(&(struct consent_rule){ .tcpa = true }, NULL, false), MISSING);
	faults_init(&f, a);
	ck_assert_int_eq(consent_compile(&wrong_rule, PATH_ROOT, &f, &rule), -1);
	ck_assert_str_eq(shown_faults(&f), "/gpc invalid_field; /x unknown_member; /require/1 invalid_field");
	arena_free(&a);
}
END_TEST

TCase *score_cases(void)
{
	TCase *cases = tcase_create("score");

	tcase_add_loop_test(cases, a_lead_is_scored, 0, N_OF(scores));
	tcase_add_loop_test(cases, every_fault_of_scoring_is_found, 0, N_OF(wrong));
	tcase_add_test(cases, scoring_tells_its_minimum_and_what_it_reads);
	tcase_add_loop_test(cases, consent_is_screened, 0, N_OF(consents));
	tcase_add_test(cases, consent_names_buyers);
	return cases;
}
