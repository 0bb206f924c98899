#include "lib/wire/json.h"
#include "tests/unit/tmpl/suites.h"

static const struct {
	const char *json;
	int how;
	const char *want;
} trees[] = {
	/* Types. */
	{ "{\"n\":1.50,\"t\":true,\"z\":null,\"s\":\"x\",\"e\":\"\",\"l\":[],\"o\":{}}", OMIT,
	  "{\"n\":1.50,\"t\":true,\"z\":null,\"s\":\"x\",\"e\":\"\",\"l\":[],\"o\":{}}" },
	{ "{\"a\":\"{{lead.kids}}\",\"b\":\"{{lead.vet}}\",\"c\":\"{{lead.zip}}\",\"d\":\"{{lead.numbers}}\"}", 0,
	  "{\"a\":0,\"b\":false,\"c\":\"90210\",\"d\":[1,2.50]}" },
	{ "{\"a\":\"{{lead.kids}} \",\"b\":\"n {{lead.vet}}\"}", 0, "{\"a\":\"0 \",\"b\":\"n false\"}" },
	{ "\"{{lead.income | round:2}}\"", 0, "54321.56" },
	{ "\"{{lead.income | round:2 | string}}\"", 0, "\"54321.56\"" },
	{ "\"${{lead.income | round:2}}\"", 0, "\"$54321.56\"" },
	{ "\"{{lead.zip | number}}\"", 0, "90210" },
	{ "\"{{lead.homeowner | bool:1:0}}\"", 0, "1" },
	{ "\"{{lead.birth_date | age}}\"", 0, "36" },
	{ "\"{{lead.big}}\"", 0, "123456789012345678901" },
	{ "\"{{lead.drivers.0.incidents}}\"", 0, "[{\"type\":\"ticket\"},{\"type\":\"claim\"}]" },
	{ "\"{{lead.current}}\"", 0, "{\"company\":\"Acme\"}" },
	{ "\"{{lead.email | split:\\\"@\\\"}}\"", 0, "[\"ann\",\"example.com\"]" },
	{ "\"{{lead.hard}}\"", 0, "\"\\\"<&%+>'\\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c\"" },
	{ "\"x{{lead.hard}}\"", 0, "\"x\\\"<&%+>'\\n\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c\"" },
	{ "{\"\\\"k\":\"\\\"\\\\\"}", 0, "{\"\\\"k\":\"\\\"\\\\\"}" },
	/* What is absent. */
	{ "{\"a\":\"{{lead.missing}}\",\"b\":1}", 0, "{\"a\":\"\",\"b\":1}" },
	{ "{\"a\":\"{{lead.nothing}}\",\"b\":\"{{lead.empty}}\"}", 0, "{\"a\":\"\",\"b\":\"\"}" },
	{ "{\"a\":\"{{lead.missing}}\",\"b\":1}", OMIT, "{\"b\":1}" },
	{ "{\"b\":1,\"a\":\"{{lead.missing}}\"}", OMIT, "{\"b\":1}" },
	{ "{\"a\":\"{{lead.empty}}\",\"b\":\"{{lead.nothing}}\"}", OMIT, "{}" },
	{ "{\"a\":\"{{lead.kids}}\",\"b\":\"{{lead.vet}}\",\"c\":\"{{lead.no_tags}}\"}", OMIT, "{\"a\":0,\"b\":false,\"c\":[]}" },
	{ "{\"a\":\"Mr {{lead.missing}}\",\"b\":\"{{lead.missing}} {{lead.empty}}\",\"c\":\"{{lead.missing}} {{lead.zip}}\"}",
	  OMIT, "{\"c\":\" 90210\"}" },
	{ "{\"a\":\"{{lead.missing | default:\\\"\\\"}}\",\"b\":\"{{lead.missing | default:0}}\"}", OMIT, "{\"a\":\"\",\"b\":0}" },
	{ "{\"a\":{\"b\":\"{{lead.missing}}\"}}", OMIT, "{\"a\":{}}" },
	{ "[\"{{lead.missing}}\",\"{{lead.zip}}\",\"{{lead.missing}}\"]", OMIT, "[\"90210\"]" },
	{ "[\"{{lead.missing}}\",\"{{lead.zip}}\"]", 0, "[\"\",\"90210\"]" },
	{ "\"{{lead.missing}}\"", OMIT, ABSENT },
	/* $each. */
	{ "{\"d\":{\"$each\":\"lead.drivers\",\"$item\":{\"n\":\"{{index}}\",\"name\":\"{{item.first_name}}\","
	  "\"age\":\"{{item.age}}\"}}}", 0,
	  "{\"d\":[{\"n\":1,\"name\":\"Ann\",\"age\":30},{\"n\":2,\"name\":\"Bob\",\"age\":0},{\"n\":3,\"name\":\"Cy\","
	  "\"age\":\"\"}]}" },
	{ "{\"$each\":\"lead.drivers\",\"$item\":{\"a\":\"{{item.age}}\"}}", OMIT, "[{\"a\":30},{\"a\":0},{}]" },
	{ "{\"$each\":\"lead.drivers\",\"$item\":\"{{item.age}}\"}", OMIT, "[30,0]" },
	{ "{\"$each\":\"lead.tags\",\"$item\":\"{{item}}\"}", 0, "[\"a\",\"b & c\",\"d\"]" },
	{ "{\"$each\":\"lead.drivers\",\"$item\":{\"i\":{\"$each\":\"item.incidents\",\"$item\":[\"{{index}}\",\"{{item.type}}\","
	  "\"{{lead.zip}}\"]}}}", 0,
	  "[{\"i\":[[1,\"ticket\",\"90210\"],[2,\"claim\",\"90210\"]]},{\"i\":[]},{\"i\":[]}]" },
	{ "{\"$each\":\"lead.drivers\",\"$item\":{\"i\":{\"$each\":\"item.incidents\",\"$item\":1}}}", OMIT,
	  "[{\"i\":[1,1]},{\"i\":[]},{}]" },
	{ "{\"a\":{\"$each\":\"lead.missing_list\",\"$item\":1}}", 0, "{\"a\":[]}" },
	{ "{\"a\":{\"$each\":\"lead.missing_list\",\"$item\":1}}", OMIT, "{}" },
	{ "{\"a\":{\"$each\":\"lead.no_tags\",\"$item\":1}}", OMIT, "{\"a\":[]}" },
	{ "{\"$each\":\"lead.current\",\"$item\":\"{{item.company}}\"}", 0, "[\"Acme\"]" },
	{ "{\"$each\":\" lead.tags \",\"$item\":1}", 0, "[1,1,1]" },
	{ "{\"$type\":\"Lead\",\"x\":1}", 0, "{\"$type\":\"Lead\",\"x\":1}" },
	/* Secrets, refusals. */
	{ "{\"k\":\"{{secret.token}}\",\"h\":\"x{{lead.zip | hmac_sha256:secret.key}}\"}", MASK,
	  "{\"k\":\"{{secret.token}}\",\"h\":\"x{{secret.key}}\"}" },
	{ "{\"a\":1,\"k\":\"{{lead.zip | map:own_rent:refuse}}\"}", 0, REFUSED },
	{ "{\"a\":[\"x {{lead.zip | map:own_rent:refuse}}\"]}", OMIT, REFUSED },
	{ "{\"$each\":\"lead.tags\",\"$item\":\"{{item | map:own_rent:refuse}}\"}", 0, REFUSED },
	/* Faults. */
	{ "{\"$each\":\"lead.drivers\"}", 0, FAULT "$each and $item stand together" },
	{ "{\"$item\":1}", 0, FAULT "$each and $item stand together" },
	{ "{\"$each\":\"lead.drivers\",\"$item\":1,\"x\":1}", 0, FAULT "$each and $item stand together" },
	{ "{\"$each\":[\"lead.drivers\"],\"$item\":1}", 0, FAULT "$each is a path" },
	{ "{\"$each\":\"{{lead.drivers}}\",\"$item\":1}", 0, FAULT "is not a path" },
	{ "{\"$each\":\"lead.nosuch\",\"$item\":1}", 0, FAULT "lead.nosuch is not a field" },
	{ "{\"a\":{\"$json\":{}}}", 0, FAULT "$json and $xml stand where a form's value does" },
	{ "{\"a\":{\"$xml\":\"\"}}", 0, FAULT "$json and $xml stand where a form's value does" },
	{ "{\"{{lead.zip}}\":1}", 0, FAULT "a name takes no holes" },
	{ "\"{{#lead.zip}}x{{/lead.zip}}\"", 0, FAULT "sections stand in xml, soap and text bodies" },
	{ "\"{{item.x}}\"", 0, FAULT "item stands outside" },
};

START_TEST(a_tree_is_filled)
{
	struct arena *a = arena_new(1 << 22);
	struct str got = rendered_json(a, trees[_i].json, trees[_i].how);
	struct value v;

	check_case(got, trees[_i].want, trees[_i].json);
	if (trees[_i].want[0] != '<')
		ck_assert_msg(json_parse(a, got, 32, &v, NULL) == 0, "%.*s", STR_ARG(got));
	arena_free(&a);
}
END_TEST

static const struct {
	const char *json, *pointers;
} pointers[] = {
	{ "\"{{nosuch}}\"", "" },
	{ "{\"a\":\"{{nosuch}}\",\"b\":\"{{lead.zip}}\",\"c/d\":{\"e~\":[1,\"{{lead.x}}{{lead.y}}\"]}}",
	  "/a, /c~1d/e~0/1, /c~1d/e~0/1" },
	{ "{\"v\":{\"$each\":\"lead.drivers\",\"$item\":{\"y\":\"{{item.nosuch}}\"}}}", "/v/$item/y" },
	{ "{\"v\":{\"$each\":\"lead.nosuch\",\"$item\":1}}", "/v/$each" },
	{ "{\"v\":{\"$each\":\"lead.drivers\"},\"w\":\"{{x}}\"}", "/v, /w" },
};

START_TEST(every_fault_has_its_pointer)
{
	struct arena *a = arena_new(1 << 22);

	ck_assert_str(faulty_pointers(a, pointers[_i].json), pointers[_i].pointers);
	arena_free(&a);
}
END_TEST

TCase *json_cases(void)
{
	TCase *tc = tcase_create("json");

	tcase_add_loop_test(tc, a_tree_is_filled, 0, N_OF(trees));
	tcase_add_loop_test(tc, every_fault_has_its_pointer, 0, N_OF(pointers));
	return tc;
}
