/* Labels, choices and faults as a consumer reads them. */
#include "fcgi-app/form/words.h"
#include "tests/unit/form/suites.h"

static struct arena *arena;

static void setup(void)
{
	arena = arena_new((size_t)1 << 24);
}

static void teardown(void)
{
	arena_free(&arena);
}

static const struct {
	const char *outer, *name, *want;
} labels[] = {
	{ "", "zip", "ZIP code" }, { "", "coverage_type", "Coverage type" }, { "project", "category", "Project category" }, { "", "x", "X" },
	{ "residence", "zip", "ZIP code" }, { "hvac", "system", "HVAC system" }, { "", "va_loan", "VA loan" }, { "", "vacation", "Vacation" },
	{ "", "\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9" }, { "windows", "hvac", "Windows HVAC" }, { "", "_a__b_", " a  b " },
};

START_TEST(labels_fields)
{
	struct str got = words_label_within(arena, str_of(labels[_i].outer), str_of(labels[_i].name));

	ck_assert_msg(str_is(got, labels[_i].want), "%.*s", STR_ARG(got));
}
END_TEST

static const struct {
	const char *list, *want;
} entries[] = {
	{ "drivers", "Driver" }, { "vehicles", "Vehicle" }, { "policies", "Policy" }, { "boxes", "Box" }, { "classes", "Class" }, { "glass", "Glass" }, { "s", "S" },
	{ "other_cars", "Other car" }, { "staff", "Staff" },
};

START_TEST(names_entries)
{
	struct str got = words_entry(arena, str_of(entries[_i].list));

	ck_assert_msg(str_is(got, entries[_i].want), "%.*s", STR_ARG(got));
}
END_TEST

static const struct {
	const char *label, *entry;
	enum field_type type;
	const char *code, *detail, *want;
} faults[] = {
	{ "ZIP code", "", FIELD_ZIP, "missing_field", "is required", "Enter your ZIP code." },
	{ "Credit rating", "", FIELD_CHOICE, "missing_field", "is required", "Choose your credit rating." },
	{ "Year", "Vehicle 2", FIELD_INTEGER, "missing_field", "is required", "Vehicle 2: enter the year." },
	{ "Do you own it?", "", FIELD_BOOLEAN, "missing_field", "is required", "Answer yes or no: Do you own it?" },
	{ "Do you own it?", "", FIELD_BOOLEAN, "invalid_field", "must be true or false", "Answer yes or no: Do you own it?" },
	{ "Year", "", FIELD_INTEGER, "invalid_field", "must be at least 1981", "Year must be at least 1981." },
	{ "Year", "Vehicle 2", FIELD_INTEGER, "invalid_field", "must be a whole number", "Vehicle 2: year must be a whole number." },
	{ "Phone number", "", FIELD_PHONE, "invalid_field", "must be a telephone number: ten digits, or + and country code",
	    "Phone number must have ten digits, such as 212 555 0123." },
	{ "Name", "", FIELD_TEXT, "markup_in_data", "must not hold markup", "Name must be plain text, without tags in angle brackets." },
	{ "VIN", "Vehicle 1", FIELD_TEXT, "invalid_field", "must be at least 11 characters long", "Vehicle 1: VIN must be at least 11 characters long." },
};

START_TEST(says_faults)
{
	struct field field = { .type = faults[_i].type };
	struct fault f = { .code = faults[_i].code, .detail = str_of(faults[_i].detail) };
	struct words_about about = { str_of(faults[_i].label), str_of(faults[_i].entry), &field };
	struct str got = words_fault(arena, &about, &f);

	ck_assert_msg(str_is(got, faults[_i].want), "%.*s", STR_ARG(got));
}
END_TEST

START_TEST(says_faults_of_texts_in_lists)
{
	struct fault f = { .code = "invalid_field", .detail = STR_INIT("must not be empty") };
	struct words_about about = { STR_INIT("Tag 2"), STR_INIT(""), NULL };

	ck_assert(str_is(words_fault(arena, &about, &f), "Enter your tag 2."));
	ck_assert(str_is(words_choice(arena, STR("3_to_5")), "3 to 5"));
	ck_assert(str_is(words_choice(arena, STR("fha")), "FHA"));
	ck_assert(str_is(words_choice(arena, STR("")), ""));
	ck_assert(str_is(words_autocomplete(STR("email"), NULL), "email"));
	ck_assert_uint_eq(words_autocomplete(STR("nothing"), NULL).n, 0);
}
END_TEST

TCase *word_cases(void)
{
	TCase *tc = tcase_create("words");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, labels_fields, 0, N_OF(labels));
	tcase_add_loop_test(tc, names_entries, 0, N_OF(entries));
	tcase_add_loop_test(tc, says_faults, 0, N_OF(faults));
	tcase_add_test(tc, says_faults_of_texts_in_lists);
	return tc;
}
