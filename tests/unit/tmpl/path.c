#include "tests/unit/tmpl/suites.h"

static const struct {
	const char *text;
	int how;
	const char *want;
} paths[] = {
	{ "{{lead.zip}}", 0, "90210" },
	{ "{{ lead.zip }}", 0, "90210" },
	{ "{{lead_id}}-{{source.sub1}}", 0, "led_1-fb-77" },
	{ "{{lead.current.company}}", 0, "Acme" },
	{ "{{lead.drivers.0.first_name}},{{lead.drivers.1.first_name}}", 0, "Ann,Bob" },
	{ "{{lead.drivers.9.first_name}}", 0, "" },
	{ "{{lead.drivers.0.incidents.1.type}}", 0, "claim" },
	{ "{{lead.tags.1}}", 0, "b & c" },
	{ "{{test}}", 0, "false" },
	{ "{{lead.kids}}", 0, "0" },
	{ "{{lead.tags}}", 0, "a,b & c,d" },
	{ "{{lead.no_tags}}", 0, "" },
	{ "{{lead.current}}", 0, "{\"company\":\"Acme\"}" },
	{ "{{lead.big}} {{lead.numbers}}", 0, "123456789012345678901 1,2.50" },
	{ "{{secret.token}}", 0, "s3cret" },
	{ "{{secret.token}}", MASK, "{{secret.token}}" },
	{ "{{secret.token | upper | left:2}}", MASK, "{{secret.token}}" },
	{ "{{secret.token | sha256}}", MASK, "{{secret.token}}" },
	{ "{{lead.zip | hmac_sha256:secret.key | upper}}", MASK, "{{secret.key}}" },
	{ "{{secret.unset}}", 0, "" },
	{ "{{secret.unset | default:\"none\"}}", 0, "none" },
	{ "{{lead.ssn}}", 0, FAULT "lead.ssn never leaves in a ping" },
	{ "{{lead.ssn | sha256}}", 0, FAULT "lead.ssn never leaves in a ping" },
	{ "{{lead.nosuch}} {{lead.zip}} {{nosuch.x}}", 0, FAULT "lead.nosuch is not a field | nosuch.x is not a field" },
	{ "{{lead.zip.x}}", 0, FAULT "lead.zip.x is not a field" },
	{ "{{lead.zip.0}}", 0, FAULT "lead.zip.0 is not a field" },
	{ "{{secret}}", FREE, FAULT "a secret is named" },
	{ "{{item.x}}", FREE, FAULT "item stands outside" },
	{ "{{index}}", FREE, FAULT "index stands outside" },
	{ "{{}}", 0, FAULT "\"\" is not a path" },
	{ "{{ | upper}}", 0, FAULT "\"\" is not a path" },
	{ "{{lead..zip}}", 0, FAULT "\"lead..zip\" is not a path" },
	{ "{{.lead}}", 0, FAULT "is not a path" },
	{ "{{lead.}}", 0, FAULT "is not a path" },
	{ "{{lead zip}}", 0, FAULT "is not a path" },
	{ "{{lead.z\xc3\xadp}}", 0, FAULT "is not a path" },
	{ "{{{lead.zip}}}", 0, FAULT "is not a path" },
	{ "{{lead.zip", 0, FAULT "a {{ has no }}" },
	{ "{{lead.zip}", 0, FAULT "a {{ has no }}" },
	{ "x {{", 0, FAULT "a {{ has no }}" },
	{ "{{lead.zip | default:\"x}}", 0, FAULT "a {{ has no }}" },
	{ "}} {x} { {y} }", 0, "}} {x} { {y} }" },
	{ "{{lead.zip}}}", 0, "90210}" },
	{ "", 0, "" },

	{ "{{#lead.drivers}}{{index}}:{{item.first_name}} {{/lead.drivers}}", 0, "1:Ann 2:Bob 3:Cy " },
	{ "{{#lead.tags}}[{{item}}]{{/lead.tags}}", 0, "[a][b & c][d]" },
	{ "{{#lead.drivers}}{{item.first_name}}{{#item.incidents}}({{index}} "
	  "{{item.type}}){{/item.incidents}}{{^item.incidents}}-{{/item.incidents}} "
	  "{{/lead.drivers}}", 0, "Ann(1 ticket)(2 claim) Bob- Cy- " },
	{ "{{#lead.drivers.0.incidents}}{{item.type}} {{/lead.drivers.0.incidents}}", 0, "ticket claim " },
	{ "{{#lead.zip}}y{{/lead.zip}}{{^lead.zip}}n{{/lead.zip}}", 0, "y" },
	{ "{{#lead.homeowner}}y{{/lead.homeowner}}{{^lead.homeowner}}n{{/lead.homeowner}}", 0, "y" },
	{ "{{#lead.vet}}y{{/lead.vet}}{{^lead.vet}}n{{/lead.vet}}", 0, "n" },
	{ "{{#lead.kids}}y{{/lead.kids}}{{^lead.kids}}n{{/lead.kids}}", 0, "y" },
	{ "{{#lead.empty}}y{{/lead.empty}}{{^lead.empty}}n{{/lead.empty}}", 0, "n" },
	{ "{{#lead.nothing}}y{{/lead.nothing}}{{^lead.nothing}}n{{/lead.nothing}}", 0, "n" },
	{ "{{#lead.missing}}y{{/lead.missing}}{{^lead.missing}}n{{/lead.missing}}", 0, "n" },
	{ "{{#lead.no_tags}}y{{/lead.no_tags}}{{^lead.no_tags}}n{{/lead.no_tags}}", 0, "n" },
	{ "{{#lead.blank}}y{{/lead.blank}}", 0, "y" },
	{ "{{#test}}TEST{{/test}}", 0, "" },
	{ "{{#lead.current}}{{item.company}}{{/lead.current}}", 0, "Acme" },
	{ "{{# lead.zip }}{{ item }}{{/ lead.zip }}", 0, "90210" },
	/* A section for a single value does not hide the entry around it, nor its index. */
	{ "{{#lead.drivers}}{{#item.sr22}}{{index}}{{item.first_name}}{{/item.sr22}}{{/lead.drivers}}", 0, "1Ann" },
	{ "{{#lead.drivers}}{{#item.sr22}}{{index}}{{item.first_name}}{{/item.sr22}}{{/lead.drivers}}", FREE, "1Ann" },
	{ "{{#lead.drivers}}{{#lead.current}}{{item.company}}{{/lead.current}}{{/lead.drivers}}", 0, "AcmeAcmeAcme" },
	/* A list does. */
	{ "{{#lead.drivers}}{{#item.incidents}}{{item.first_name}}{{/item.incidents}}{{/lead.drivers}}", 0,
	  FAULT "lead.drivers.incidents.first_name is not a field" },
	{ "{{#lead.drivers}}{{^item.incidents}}{{item.first_name}}{{/item.incidents}}{{/lead.drivers}}", 0, "BobCy" },
	{ "{{#lead.drivers}}{{item.nosuch}}{{/lead.drivers}}", 0, FAULT "lead.drivers.nosuch is not a field" },
	{ "{{#lead.nosuch}}{{/lead.nosuch}}", 0, FAULT "lead.nosuch is not a field" },
	{ "{{#lead.zip}}", 0, FAULT "the section lead.zip is not closed" },
	{ "{{^lead.zip}}", 0, FAULT "the section lead.zip is not closed" },
	{ "{{/lead.zip}}", 0, FAULT "{{/lead.zip}} closes no section" },
	{ "{{#lead.zip}}{{/lead.own}}", 0, FAULT "{{/lead.own}} stands where {{/lead.zip}} is due" },
	{ "{{#lead.zip}}{{#lead.own}}{{/lead.zip}}{{/lead.own}}", 0, FAULT "{{/lead.zip}} stands where {{/lead.own}} is due" },
	{ "{{#lead.zip}}{{/lead.zip}}{{item}}", 0, FAULT "item stands outside" },
	{ "{{#lead.zip | upper}}{{/lead.zip | upper}}", 0, FAULT "is not a path" },
	{ "{{#}}{{/}}", 0, FAULT "is not a path" },
	/* Loops in loops end. */
	{ "{{#lead.tags}}{{#lead.tags}}{{#lead.tags}}{{#lead.tags}}{{#lead.tags}}"
	  "{{#lead.tags}}{{#lead.tags}}{{#lead.tags}}{{#lead.tags}}{{#lead.tags}}"
	  "{{/lead.tags}}{{/lead.tags}}{{/lead.tags}}{{/lead.tags}}{{/lead.tags}}"
	  "{{/lead.tags}}{{/lead.tags}}{{/lead.tags}}{{/lead.tags}}{{/lead.tags}}", 0, FULL },
};

START_TEST(a_path_leads_to_its_value)
{
	struct arena *a = arena_new(1 << 26);

	check_case(rendered(a, TMPL_PLAIN, paths[_i].text, paths[_i].how), paths[_i].want, paths[_i].text);
	arena_free(&a);
}
END_TEST

START_TEST(sections_nest_to_a_limit)
{
	struct arena *a = arena_new(1 << 24);
	struct buf b;

	for (int depth = 16; depth <= 17; depth++) {
		buf_in(&b, a, 1000);
		for (int i = 0; i < depth; i++)
			buf_add_cstr(&b, "{{#lead.zip}}");
		for (int i = 0; i < depth; i++)
			buf_add_cstr(&b, "{{/lead.zip}}");
		check_case(rendered(a, TMPL_PLAIN, b.p, 0), depth == 16 ? "" : FAULT "sections nest at most 16 deep", b.p);
	}
	arena_free(&a);
}
END_TEST

START_TEST(paths_are_told)
{
	struct arena *a = arena_new(1 << 20);

	ck_assert_str(named_paths(a, TMPL_PLAIN, "{{lead.zip | "
	  "hmac_sha256:secret.key}}{{#lead.drivers}}{{index}}{{item.first_name}}{{item.first_name}}"
	    "{{#item.incidents}}{{item.type}}{{/item.incidents}}{{/lead.drivers}}{{lead.drivers.0.age}}{{now}}"),
	    "lead.zip secret.key lead.drivers lead.drivers.first_name lead.drivers.incidents lead.drivers.incidents.type "
	    "lead.drivers.0.age now");
	ck_assert_str(named_paths(a, TMPL_PLAIN, "no holes"), "");
	arena_free(&a);
}
END_TEST

TCase *path_cases(void)
{
	TCase *tc = tcase_create("path");

	tcase_add_loop_test(tc, a_path_leads_to_its_value, 0, N_OF(paths));
	tcase_add_test(tc, sections_nest_to_a_limit);
	tcase_add_test(tc, paths_are_told);
	return tc;
}
