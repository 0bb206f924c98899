#include "lib/lead/field.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/decimal.h"
#include "lib/base/money.h"
#include "lib/base/utf8.h"

/* The types that are plain data: texts, choices, numbers, times. */

#define INTEGER_MAX INT64_C(9007199254740991) /* what a double holds exactly: bounds and conditions compare as doubles */
#define DECIMAL_SCALE INT64_C(100000000)      /* eight decimals; more are cut */

static const char *detail(const struct field_check *c, const char *what, double number, const char *unit)
{
	return arena_printf(c->faults->arena, "%s %.15g%s", what, number, unit).p;
}

static const char *check_bounds(const struct field_check *c, const struct field *f, double number, const char *unit)
{
	if (f->has_min && number < f->min)
		return detail(c, "at least", f->min, unit);
	if (f->has_max && number > f->max)
		return detail(c, "at most", f->max, unit);
	return NULL;
}

/* Line breaks and controls stay: what may not go somewhere is kept from there by the template that would put it there. */
const char *field_text(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	if (memchr(s.p, '\0', s.n) != NULL)
		return "free of NUL";
	*out = value_text(s);
	return check_bounds(c, f, (double)utf8_count(s), " characters long");
}

const char *field_choice(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	struct str listed = { "", 0 };
	const struct value *folded = NULL;

	for (size_t i = 0; i < f->values.n; i++) {
		const struct value *v = &f->values.items[i];

		if (str_eq(v->text, s)) {
			*out = *v;
			return NULL;
		}
		if (folded == NULL && str_eq_nocase(v->text, s))
			folded = v;
	}
	if (folded != NULL) {
		*out = *folded;
		return NULL;
	}
	if (f->values.n > 20)
		return arena_printf(c->faults->arena, "one of the %zu values of the field", f->values.n).p;
	for (size_t i = 0; i < f->values.n; i++)
		listed = arena_printf(c->faults->arena, "%.*s%s%.*s", STR_ARG(listed), i > 0 ? ", " : "",
		    STR_ARG(f->values.items[i].text));
	return arena_printf(c->faults->arena, "one of %.*s", STR_ARG(listed)).p;
}

static bool decimal_of(struct str s, struct decimal *out)
{
	return decimal_parse_plain(s, out) || decimal_parse_json(s, out);
}

const char *field_integer(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	struct decimal d;
	int64_t i;
	bool cut;

	if (!decimal_of(s, &d) || !decimal_scaled(&d, 1, &cut, &i) || cut)
		return "a whole number";
	if (i > INTEGER_MAX || i < -INTEGER_MAX)
		return "a whole number of at most 15 digits";
	*out = value_int(c->arena, i);
	return check_bounds(c, f, (double)i, "");
}

const char *field_decimal(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	struct decimal d;
	struct str text;
	double number;
	int64_t i;

	if (!decimal_of(s, &d))
		return "a number";
	if (!decimal_scaled(&d, DECIMAL_SCALE, NULL, &i))
		return "a number of at most 10 digits before the point";
	text = arena_printf(c->arena, "%s%lld.%08lld", i < 0 ? "-" : "", llabs(i / DECIMAL_SCALE), llabs(i % DECIMAL_SCALE));
	while (text.p[text.n - 1] == '0')
		text.n--;
	if (text.p[text.n - 1] == '.')
		text.n--;
	*out = value_number(text);
	if (!value_as_number(out, &number))
		return "a number";
	return check_bounds(c, f, number, "");
}

const char *field_money(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	struct decimal d;
	int64_t amount;
	bool cut;

	if (!decimal_of(s, &d) || !decimal_scaled(&d, MONEY_SCALE, &cut, &amount) || cut || llabs(amount) > MONEY_MAX)
		return "an amount such as \"12.50\", with at most four decimals";
	*out = value_number(money_text(c->arena, amount));
	return check_bounds(c, f, (double)amount / (double)MONEY_SCALE, "");
}

/* Reached only where text that spells a type is taken. */
const char *field_boolean(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	static const char *const yes[] = { "true", "1", "yes", "y", "on" }, *const no[] = { "false", "0", "no", "n", "off" };

	(void)c;
	(void)f;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		bool is_yes = str_eq_nocase(s, str_of(yes[i]));

		*out = value_bool(is_yes);
		if (is_yes || str_eq_nocase(s, str_of(no[i])))
			return NULL;
	}
	return "true or false";
}

const char *field_date(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	int64_t days;

	(void)c;
	(void)f;
	*out = value_text(s);
	return clock_parse_date(s, &days) ? NULL : "a date, YYYY-MM-DD";
}

const char *field_datetime(const struct field_check *c, const struct field *f, struct str s, struct value *out)
{
	int64_t wall_us;

	(void)f;
	if (!clock_parse_rfc3339(s, &wall_us))
		return "a time such as 2026-11-23T12:00:00Z";
	*out = value_text(clock_rfc3339_ms(c->arena, wall_us));
	return NULL;
}
