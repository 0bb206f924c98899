#include "lib/base/money.h"
#include "lib/lead/members.h"
#include "tests/unit/lead/suites.h"

static const char *const colours[] = { "red", "green", NULL };

static const struct member_rule rules[] = {
	{ "key", MEMBER_KEY, .required = true },
	{ "name", MEMBER_TEXT, .max = 5 },
	{ "tier", MEMBER_INT, .min = 1, .max = 9 },
	{ "any_int", MEMBER_INT },
	{ "share", MEMBER_NUMBER, .min = 0, .max = 1 },
	{ "price", MEMBER_MONEY },
	{ "percent", MEMBER_MONEY, .max = 100 * MONEY_SCALE },
	{ "on", MEMBER_BOOL },
	{ "colour", MEMBER_CHOICE, .choices = colours },
	{ "list", MEMBER_LIST, .min = 1, .max = 2 },
	{ "texts", MEMBER_TEXTS },
	{ "object", MEMBER_OBJECT },
	{ "what", MEMBER_ANY },
};

static const struct {
	const char *doc, *faults;
} checks[] = {
	{ "{'key':'a'}", "" },
	{ "{'key':'a','name':'','tier':1,'any_int':-5,'share':0.5,'price':'12.50','percent':'100','on':false,'colour':'green',"
	  "'list':[1],'texts':[],'object':{},'what':[null]}", "" },
	{ "{'key':'a','name':null,'tier':null,'list':null}", "" },
	{ "{}", "/key missing_field" },
	{ "{'key':null}", "/key missing_field" },
	{ "[]", " invalid_field" },
	{ "{'key':'','kee':1}", "/key invalid_field; /kee unknown_member" },
	{ "{'key':'-a'}", "/key invalid_field" },
	{ "{'key':'a b'}", "/key invalid_field" },
	{ "{'key':'acme.auto_ca-1'}", "" },
	{ "{'key':'a','name':'\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9'}", "" },
	{ "{'key':'a','name':'sixsix'}", "/name invalid_field" },
	{ "{'key':'a','name':7}", "/name invalid_field" },
	{ "{'key':'a','tier':0}", "/tier invalid_field" },
	{ "{'key':'a','tier':10}", "/tier invalid_field" },
	{ "{'key':'a','tier':1.5}", "/tier invalid_field" },
	{ "{'key':'a','tier':2.0}", "" },
	{ "{'key':'a','tier':'1'}", "/tier invalid_field" },
	{ "{'key':'a','share':1.01}", "/share invalid_field" },
	{ "{'key':'a','share':'1'}", "/share invalid_field" },
	{ "{'key':'a','price':12.5}", "/price invalid_field" },
	{ "{'key':'a','price':'-1'}", "/price invalid_field" },
	{ "{'key':'a','price':'1.00001'}", "/price invalid_field" },
	{ "{'key':'a','percent':'100.0001'}", "/percent invalid_field" },
	{ "{'key':'a','on':'true'}", "/on invalid_field" },
	{ "{'key':'a','colour':'Red'}", "/colour invalid_field" },
	{ "{'key':'a','list':[]}", "/list invalid_field" },
	{ "{'key':'a','list':[1,2,3]}", "/list invalid_field" },
	{ "{'key':'a','texts':['x',1,'']}", "/texts/1 invalid_field; /texts/2 invalid_field" },
	{ "{'key':'a','texts':'x'}", "/texts invalid_field" },
	{ "{'key':'a','object':[]}", "/object invalid_field" },
	{ "{'a/b':1,'tier':'x'}", "/a~1b unknown_member; /tier invalid_field; /key missing_field" },
};

START_TEST(every_fault_is_found)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a, checks[_i].doc);
	struct faults f;
	int bad;

	faults_init(&f, a);
	bad = members_check(&v, rules, MEMBERS_N(rules), PATH_ROOT, &f);
	ck_assert_msg(strcmp(shown_faults(&f), checks[_i].faults) == 0, "%s: %s", checks[_i].doc, shown_faults(&f));
	ck_assert_int_eq(bad, f.n > 0 ? -1 : 0);
	arena_free(&a);
}
END_TEST

START_TEST(getters_give_values_or_defaults)
{
	struct arena *a = arena_new(1 << 20);
	struct value v = doc(a,
	    "{'key':'a','tier':3,'price':'12.5','on':true,'colour':'green','share':0.25,'list':[1],'texts':['x','y'],'no':null}");
	struct str *texts;
	size_t n;

	ck_assert(str_is(members_text(&v, "key", STR("?")), "a"));
	ck_assert(str_is(members_text(&v, "tier", STR("?")), "?"));
	ck_assert_int_eq(members_int(&v, "tier", 1), 3);
	ck_assert_int_eq(members_int(&v, "none", 1), 1);
	ck_assert_int_eq(members_int(&v, "price", 1), 1);
	ck_assert_int_eq(members_money(&v, "price", 0), 125000);
	ck_assert_int_eq(members_money(&v, "tier", 7), 7);
	ck_assert(members_bool(&v, "on", false));
	ck_assert(members_bool(&v, "no", true));
	ck_assert_int_eq(members_choice(&v, "colour", colours, 0), 1);
	ck_assert_int_eq(members_choice(&v, "key", colours, -1), -1);
	ck_assert(members_number(&v, "share", 0) == 0.25);
	ck_assert_ptr_null(members_get(&v, "no"));
	ck_assert_ptr_null(members_object(&v, "list"));
	ck_assert_ptr_nonnull(members_list(&v, "list"));
	texts = members_texts(a, &v, "texts", &n);
	ck_assert_uint_eq(n, 2);
	ck_assert(str_is(texts[1], "y"));
	ck_assert_ptr_null(members_texts(a, &v, "none", &n));
	ck_assert_uint_eq(n, 0);
	ck_assert_ptr_null(members_get(NULL, "key"));
	arena_free(&a);
}
END_TEST

TCase *members_cases(void)
{
	TCase *cases = tcase_create("members");

	tcase_add_loop_test(cases, every_fault_is_found, 0, N_OF(checks));
	tcase_add_test(cases, getters_give_values_or_defaults);
	return cases;
}
