#include "lib/lead/field.h"

#include "lib/base/utf8.h"
#include "lib/lead/lead.h"

enum takes { TEXT = 1, NUMBER = 2, BOOLEAN = 4, SPELLED = 8 }; /* SPELLED: text, where the intake is lenient */

static const struct {
	unsigned takes;
	field_type_check *check;
	const char *what;
} types[FIELD__N] = {
	[FIELD_TEXT] = { TEXT, field_text, "a text" },
	[FIELD_CHOICE] = { TEXT | NUMBER, field_choice, "one of the listed texts" },
	[FIELD_INTEGER] = { NUMBER | SPELLED, field_integer, "a whole number" },
	[FIELD_DECIMAL] = { NUMBER | SPELLED, field_decimal, "a number" },
	[FIELD_MONEY] = { NUMBER | TEXT, field_money, "an amount such as \"12.50\"" },
	[FIELD_BOOLEAN] = { BOOLEAN | SPELLED, field_boolean, "true or false" },
	[FIELD_DATE] = { TEXT, field_date, "a date, YYYY-MM-DD" },
	[FIELD_DATETIME] = { TEXT, field_datetime, "a time such as 2026-11-23T12:00:00Z" },
	[FIELD_EMAIL] = { TEXT, field_email, "an e-mail address" },
	[FIELD_PHONE] = { TEXT, field_phone, "a telephone number (a text)" },
	[FIELD_ZIP] = { TEXT, field_zip, "a ZIP of five digits (a text)" },
	[FIELD_STATE] = { TEXT, field_state, "a state" },
	[FIELD_COUNTRY] = { TEXT, field_country, "a country's two letters" },
	[FIELD_URL] = { TEXT, field_url, "an absolute http or https URL" },
	[FIELD_IP] = { TEXT, field_ip, "an IP address" },
	[FIELD_UUID] = { TEXT, field_uuid, "a UUID" },
	[FIELD_SSN] = { TEXT, field_ssn, "a social security number (a text)" },
	[FIELD_ABA] = { TEXT, field_aba, "a routing number (a text)" },
	[FIELD_BANK_ACCOUNT] = { TEXT, field_bank_account, "an account number (a text)" },
};

static const char *const step_names[STEP__N] = { "ping", "post" };

bool field_is_absent(const struct value *raw)
{
	return raw == NULL || raw->type == VALUE_NULL || (raw->type == VALUE_TEXT && str_trim(raw->text).n == 0);
}

/* "<script", "</a", "<!--", "<?php": whatever a browser might take for a tag. "5 < 6" and "<3" are not. */
static bool has_markup(struct str s)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		char c = s.p[i + 1];

		if (s.p[i] == '<' && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '!' || c == '?'))
			return true;
	}
	return false;
}

static int check_scalar(const struct field_check *c, const struct field *f, const struct value *raw, const struct path *at,
    struct value *out)
{
	unsigned takes = types[f->type].takes;
	bool text = raw->type == VALUE_TEXT && ((takes & TEXT) != 0 || ((takes & SPELLED) != 0 && c->lenient));
	bool number = raw->type == VALUE_NUMBER && (takes & NUMBER) != 0;
	const char *why;

	if (raw->type == VALUE_TEXT && !utf8_valid(raw->text))
		return fault_add(c->faults, at, "invalid_field", "must be UTF-8");
	if (raw->type == VALUE_TEXT && has_markup(raw->text))
		return fault_add(c->faults, at, "markup_in_data", "must not hold markup");
	if (raw->type == VALUE_BOOL && (takes & BOOLEAN) != 0) {
		*out = value_bool(raw->boolean);
		return 0;
	}
	if (!text && !number)
		return fault_add(c->faults, at, "invalid_field", "must be %s", types[f->type].what);
	why = types[f->type].check(c, f, str_trim(raw->text), out);
	return why == NULL ? 0 : fault_add(c->faults, at, "invalid_field", "must be %s", why);
}

static int check_entry(const struct field_check *c, const struct field *list, const struct value *raw, const struct path *at,
    struct value *out)
{
	static const struct field text = { .type = FIELD_TEXT, .has_max = true, .max = TEXT_DEFAULT_MAX };

	if (list->n_fields > 0)
		return field_check_object(c, list->fields, list->n_fields, raw, at, out);
	if (field_is_absent(raw))
		return fault_add(c->faults, at, "invalid_field", "must not be empty");
	return check_scalar(c, &text, raw, at, out);
}

static int check_list(const struct field_check *c, const struct field *f, const struct value *raw, const struct path *at,
    struct value *out)
{
	struct value alone, *items;
	int bad = 0;

	/* A form says "a list of one" by naming the member once. */
	if (raw->type == VALUE_TEXT && c->lenient && f->n_fields == 0) {
		items = arena_new_of(c->arena, struct value);
		*items = *raw;
		alone = value_list(items, 1);
		raw = &alone;
	}
	if (raw->type != VALUE_LIST)
		return fault_add(c->faults, at, "invalid_field", "must be a list");
	if (raw->n > (size_t)f->max)
		return fault_add(c->faults, at, "invalid_field", "must have at most %.0f entries", f->max);
	if (f->has_min && raw->n < (size_t)f->min)
		bad = fault_add(c->faults, at, "invalid_field", "must have at least %.0f entr%s", f->min, f->min > 1 ? "ies" : "y");
	items = arena_array_of(c->arena, raw->n, struct value);
	for (size_t i = 0; i < raw->n; i++) {
		struct path here = path_index(at, i);

		bad |= check_entry(c, f, &raw->items[i], &here, &items[i]);
	}
	*out = value_list(items, raw->n);
	return bad;
}

int field_check(const struct field_check *c, const struct field *f, const struct value *raw, const struct path *at,
    struct value *out)
{
	if (f->type == FIELD_LIST)
		return check_list(c, f, raw, at, out);
	if (f->type == FIELD_OBJECT)
		return field_check_object(c, f->fields, f->n_fields, raw, at, out);
	return check_scalar(c, f, raw, at, out);
}

/* Where each field's raw value is. Senders mostly keep to the fields' order: the one behind the last found is tried first. */
static int sort_members(const struct field_check *c, const struct field *fields, size_t n, const struct value *raw,
    const struct path *at, const struct value **by_field)
{
	size_t next = 0;
	int bad = 0;

	for (size_t i = 0; i < raw->n; i++) {
		struct path here = path_member(at, raw->members[i].name);
		const struct field *f = next < n && str_eq(fields[next].name, raw->members[i].name)
		    ? &fields[next] : field_find(fields, n, raw->members[i].name);

		if (f == NULL) {
			bad = fault_add(c->faults, &here, "unknown_member", "there is no such field");
			continue;
		}
		next = (size_t)(f - fields) + 1;
		by_field[next - 1] = &raw->members[i].value;
	}
	return bad;
}

/* A field `zip` fills an absent field `state` beside it. */
static void fill_state(const struct field_check *c, const struct field *fields, size_t n, struct value *object)
{
	const struct field *zip = field_find(fields, n, STR("zip")), *state = field_find(fields, n, STR("state"));
	const struct value *code = value_get(object, STR("zip"));
	struct str letters;
	size_t i;

	if (zip == NULL || zip->type != FIELD_ZIP || state == NULL || state->type != FIELD_STATE || state->need[c->step] == NEED_NO)
		return;
	if (code == NULL || value_get(object, state->name) != NULL)
		return;
	letters = lead_zip_state(code->text);
	if (letters.n == 0)
		return;
	/* Members stand in the fields' order: those of later fields move up. The array has room for every field. */
	for (i = object->n++; i > 0 && field_find(fields, n, object->members[i - 1].name) > state; i--)
		object->members[i] = object->members[i - 1];
	object->members[i] = (struct member){ state->name, value_text(letters) };
}

int field_check_object(const struct field_check *c, const struct field *fields, size_t n, const struct value *raw,
    const struct path *at, struct value *out)
{
	struct member *members = arena_array_of(c->arena, n, struct member);
	const struct value **by_field = arena_array_of(c->arena, n, const struct value *);
	bool state_wrong = false;
	int bad;

	*out = value_object(members, 0);
	if (raw->type != VALUE_OBJECT)
		return fault_add(c->faults, at, "invalid_field", "must be an object");
	bad = sort_members(c, fields, n, raw, at, by_field);
	for (size_t i = 0; i < n; i++) {
		struct path here = path_member(at, fields[i].name);

		if (field_is_absent(by_field[i]))
			continue;
		if (fields[i].need[c->step] == NEED_NO) {
			bad = fault_add(c->faults, &here, "invalid_field", "is not taken in a %s", step_names[c->step]);
			continue;
		}
		members[out->n].name = fields[i].name;
		if (field_check(c, &fields[i], by_field[i], &here, &members[out->n].value) == 0) {
			out->n++;
			continue;
		}
		bad = -1;
		state_wrong |= fields[i].type == FIELD_STATE;
		/* A list or object with faults within stays, so that what is missing beside them is found as well. */
		if (fields[i].type >= FIELD_LIST && members[out->n].value.type >= VALUE_LIST)
			out->n++;
	}
	if (!state_wrong)
		fill_state(c, fields, n, out);
	return bad;
}
