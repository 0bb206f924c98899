/*
 * The words that the published contract lists are those of the program: none more, none less, in the same order.
 */
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/exchange/view.h"
#include "lib/lead/intake.h"
#include "lib/lead/metric.h"
#include "lib/lead/reason.h"
#include "lib/store/message.h"
#include "lib/store/return_request.h"
#include "lib/store/sale.h"
#include "lib/wire/json.h"
#include "tests/unit/exchange/exchange_tests.h"

enum { CONTRACT_MAX = 1024 * 1024, ARENA = 16 * 1024 * 1024 };

static struct value schemas_of(struct arena *a)
{
	const struct value *schemas;
	struct value doc;
	struct buf text;
	struct err e;

	buf_in(&text, a, CONTRACT_MAX);
	ck_assert_int_eq(buf_add_file(&text, SRCDIR "/htdocs/docs/openapi.json"), 0);
	ck_assert_msg(json_parse(a, buf_str(&text), JSON_DEPTH_CONFIG, &doc, &e) == 0, "%s", e.msg);
	schemas = value_pointer(&doc, STR("/components/schemas"));
	ck_assert_ptr_nonnull(schemas);
	return *schemas;
}

static const struct value *at(const struct value *schemas, const char *pointer)
{
	const struct value *v = value_pointer(schemas, str_of(pointer));

	ck_assert_msg(v != NULL, "the contract has no %s", pointer);
	return v;
}

/* names ends with NULL. */
static void same_words(const struct value *schemas, const char *pointer, const char *const *names)
{
	const struct value *list = at(schemas, pointer);
	size_t n = 0;

	for (; names[n] != NULL && n < list->n; n++)
		ck_assert_msg(str_is(list->items[n].text, names[n]), "%s: %.*s stands where the program has %s", pointer,
		    STR_ARG(list->items[n].text), names[n]);
	ck_assert_msg(n == list->n && names[n] == NULL, "%s: %s is in one of the two alone", pointer, names[n] != NULL ? names[n] : "something");
}

START_TEST(codes_are_the_programs)
{
	const char *slugs[REASON__END + 1] = { NULL };
	struct arena *a = arena_new(ARENA);
	struct value schemas = schemas_of(a);
	size_t n = 0;

	/* A slug of two stages is one word. */
	for (int r = 1; r < REASON__END; r++)
		if (strcmp(reason_slug((enum reason)r), "unknown") != 0 && reason_first((enum reason)r) == (enum reason)r)
			slugs[n++] = reason_slug((enum reason)r);
	same_words(&schemas, "/Reason/enum", slugs);
	for (size_t i = 0; i < n; i++) {
		struct str told = value_get_text(at(&schemas, "/Reason/x-enumDescriptions"), str_of(slugs[i]), STR(""));

		ck_assert_msg(str_is(told, reason_help(reason_find(str_of(slugs[i]), STAGE__N))), "%s is told as: %.*s", slugs[i], STR_ARG(told));
	}
	ck_assert_uint_eq(at(&schemas, "/Reason/x-enumDescriptions")->n, n);
	arena_free(&a);
}
END_TEST

START_TEST(stages_dimensions_and_types_are_the_programs)
{
	const char *stages[STAGE__N + 1] = { NULL }, *dimensions[DIM__N + 1] = { NULL }, *types[FIELD__N + 1] = { NULL };
	struct arena *a = arena_new(ARENA);
	struct value schemas = schemas_of(a);

	for (int i = 0; i < STAGE__N; i++)
		stages[i] = stage_name((enum stage)i);
	for (int i = 0; i < DIM__N; i++)
		dimensions[i] = dimension_name((enum dimension)i);
	for (int i = 0; i < FIELD__N; i++)
		types[i] = field_type_name((enum field_type)i);
	same_words(&schemas, "/Stage/enum", stages);
	same_words(&schemas, "/Dimension/enum", dimensions);
	same_words(&schemas, "/FieldType/enum", types);
	arena_free(&a);
}
END_TEST

START_TEST(states_are_the_programs)
{
	const char *sales[SALE_CONVERTED + 1] = { NULL }, *returns[RETURN__N] = { NULL }, *messages[MESSAGE_FAILED + 1] = { NULL };
	const char *leads[] = { view_lead_state(LEAD_SOLD), view_lead_state(LEAD_UNSOLD), view_lead_state(LEAD_PENDING), view_lead_state(LEAD_REJECTED), NULL };
	struct arena *a = arena_new(ARENA);
	struct value schemas = schemas_of(a);

	for (int i = SALE_POSTING; i <= SALE_CONVERTED; i++)
		sales[i - 1] = sale_state_name((enum sale_state)i);
	for (int i = RETURN_REQUESTED; i < RETURN__N; i++)
		returns[i - 1] = return_state_name((enum return_state)i);
	for (int i = MESSAGE_WAITING; i <= MESSAGE_FAILED; i++)
		messages[i - 1] = message_state_name((enum message_state)i);
	same_words(&schemas, "/SaleStatus/enum", sales);
	same_words(&schemas, "/ReturnStatus/enum", returns);
	same_words(&schemas, "/WebhookState/enum", messages);
	same_words(&schemas, "/LeadStatus/enum", leads);
	arena_free(&a);
}
END_TEST

/* A report's row has the dimensions, its currency, a reason's count, and each metric in the shape of its kind. */
START_TEST(metrics_are_the_programs)
{
	static const char *const shapes[] = { [METRIC_COUNT] = "Count", [METRIC_MONEY] = "Sum", [METRIC_RATE] = "Rate", [METRIC_LATENCY] = "Count" };
	struct arena *a = arena_new(ARENA);
	struct value schemas = schemas_of(a);
	const struct value *row = at(&schemas, "/ReportRow/properties");
	size_t n, others = DIM__N + 2;
	const struct metric *list = metric_list(&n);

	for (size_t i = 0; i < n; i++) {
		const struct value *said = value_get(row, str_of(list[i].name));

		ck_assert_msg(said != NULL, "a row has no %s", list[i].name);
		if (list[i].kind != METRIC_REASONS)
			ck_assert_msg(str_eq(value_get_text(said, STR("$ref"), STR("")), arena_printf(a, "#/components/schemas/%s", shapes[list[i].kind])),
			    "%s has another shape", list[i].name);
	}
	for (int i = 0; i < DIM__N; i++)
		ck_assert_msg(value_get(row, str_of(dimension_name((enum dimension)i))) != NULL, "a row has no %s", dimension_name((enum dimension)i));
	for (size_t i = 0; i < row->n; i++) {
		bool metric = metric_find(row->members[i].name, METRIC_OPERATOR) != NULL || metric_find(row->members[i].name, METRIC_SELLER) != NULL;

		ck_assert_msg(metric || others-- > 0, "a row has %.*s, and the program no such metric", STR_ARG(row->members[i].name));
	}
	ck_assert_uint_eq(others, 0);
	arena_free(&a);
}
END_TEST

/* What may stand beside a lead. That nothing is missing shows where the flow tests send it. */
START_TEST(members_beside_a_lead_are_the_programs)
{
	static const char *const names[INTAKE__N] = { [INTAKE_SOURCE] = "/Source/properties", [INTAKE_CONSENT] = "/Consent/properties",
		[INTAKE_EVENT] = "/Event/properties", [INTAKE_HASHES] = "/Hashes/properties" };
	struct arena *a = arena_new(ARENA);
	struct value schemas = schemas_of(a);

	for (int part = 0; part < INTAKE__N; part++) {
		const struct value *members = at(&schemas, names[part]);

		for (size_t i = 0; i < members->n; i++) {
			const struct field *f = intake_find((enum intake_part)part, members->members[i].name);
			const struct value *most = value_get(&members->members[i].value, STR("maxLength"));
			int64_t n = 0;

			ck_assert_msg(f != NULL, "%s: %.*s is not taken", names[part], STR_ARG(members->members[i].name));
			if (f->type == FIELD_TEXT && part != INTAKE_HASHES)
				ck_assert_msg(most != NULL && value_as_int(most, &n) && n == (int64_t)f->max, "%s: %.*s has at most %lld characters",
				    names[part], STR_ARG(members->members[i].name), (long long)f->max);
		}
	}
	arena_free(&a);
}
END_TEST

TCase *contract_tests(void)
{
	TCase *c = tcase_create("contract");

	tcase_add_test(c, codes_are_the_programs);
	tcase_add_test(c, stages_dimensions_and_types_are_the_programs);
	tcase_add_test(c, states_are_the_programs);
	tcase_add_test(c, metrics_are_the_programs);
	tcase_add_test(c, members_beside_a_lead_are_the_programs);
	return c;
}
