#include "fcgi-app/form/words.h"

#include <ctype.h>

#include "lib/base/utf8.h"

/* Labels of names that say too little by themselves, and what a browser may fill in for them. */
static const struct {
	const char *name, *label, *autocomplete;
} known[] = {
	{ "zip", "ZIP code", "postal-code" },
	{ "state", "State", "address-level1" },
	{ "city", "City", "address-level2" },
	{ "country", "Country", "country" },
	{ "address", "Street address", "street-address" },
	{ "address1", "Street address", "address-line1" },
	{ "address2", "Apartment, suite or unit", "address-line2" },
	{ "first_name", "First name", "given-name" },
	{ "last_name", "Last name", "family-name" },
	{ "name", "Name", "name" },
	{ "email", "Email address", "email" },
	{ "phone", "Phone number", "tel" },
	{ "phone2", "Second phone number", NULL },
	{ "dob", "Date of birth", "bday" },
	{ "birth_date", "Date of birth", "bday" },
	{ "ssn", "Social Security number", "off" },
	{ "vin", "Vehicle identification number (VIN)", "off" },
	{ "sr22", "SR-22 needed", NULL },
	{ "home_owner", "Do you own your home?", NULL },
	{ "currently_insured", "Are you insured now?", NULL },
};

/* Words that are written in capitals wherever they stand. */
static const char *const capitals[] = { "vin", "hvac", "va", "fha", "heloc", "ssn", "ltv", "id", "apr" };

static const char *known_label(struct str name)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_is(name, known[i].name))
			return known[i].label;
	return NULL;
}

static bool is_capitals(struct str word)
{
	for (size_t i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++)
		if (str_eq_nocase(word, str_of(capitals[i])))
			return true;
	return false;
}

/* Underscores become spaces; the first letter, where it is to be one, a capital. */
static struct str spaced(struct arena *a, struct str name, bool capital)
{
	char *p = arena_copy(a, name.p, name.n);
	size_t from = 0;

	for (size_t i = 0; i <= name.n; i++) {
		if (i < name.n && p[i] != '_' && p[i] != ' ' && p[i] != '-')
			continue;
		if (is_capitals((struct str){ p + from, i - from }))
			for (size_t k = from; k < i; k++)
				p[k] = (char)toupper((unsigned char)p[k]);
		if (i < name.n && p[i] == '_')
			p[i] = ' ';
		from = i + 1;
	}
	if (capital && name.n > 0)
		p[0] = (char)toupper((unsigned char)p[0]);
	return (struct str){ p, name.n };
}

struct str words_label(struct arena *a, struct str name)
{
	const char *label = known_label(name);

	return label != NULL ? str_of(label) : spaced(a, name, true);
}

struct str words_label_within(struct arena *a, struct str outer, struct str name)
{
	const char *label = known_label(name);

	if (outer.n == 0 || label != NULL)
		return words_label(a, name);
	return arena_printf(a, "%.*s %.*s", STR_ARG(spaced(a, outer, true)), STR_ARG(spaced(a, name, false)));
}

static bool ends(struct str s, const char *with)
{
	size_t n = strlen(with);

	return s.n > n && memcmp(s.p + s.n - n, with, n) == 0;
}

struct str words_entry(struct arena *a, struct str list)
{
	struct str one = spaced(a, list, true);

	if (ends(one, "ies"))
		return arena_printf(a, "%.*sy", (int)one.n - 3, one.p);
	if (ends(one, "sses") || ends(one, "xes"))
		return (struct str){ one.p, one.n - 2 };
	if (ends(one, "s") && !ends(one, "ss"))
		return (struct str){ one.p, one.n - 1 };
	return one;
}

struct str words_choice(struct arena *a, struct str value)
{
	return spaced(a, value, true);
}

/* "ZIP code" as it stands within a sentence: a capital stays only where it is the word's own. */
static struct str within_sentence(struct arena *a, struct str label)
{
	char *p;

	if (label.n < 2 || !islower((unsigned char)label.p[1]))
		return label;
	p = arena_copy(a, label.p, label.n);
	p[0] = (char)tolower((unsigned char)p[0]);
	return (struct str){ p, label.n };
}

static bool is_question(struct str label)
{
	return label.n > 0 && label.p[label.n - 1] == '?';
}

static struct str missing(struct arena *a, const struct words_about *about)
{
	bool chosen = about->field != NULL && (about->field->type == FIELD_CHOICE || about->field->type == FIELD_BOOLEAN);
	struct str label = within_sentence(a, about->label);

	if (is_question(about->label))
		return arena_printf(a, "Answer yes or no: %.*s", STR_ARG(about->label));
	if (about->entry.n > 0)
		return arena_printf(a, "%.*s: %s the %.*s.", STR_ARG(about->entry), chosen ? "choose" : "enter", STR_ARG(label));
	return arena_printf(a, "%s your %.*s.", chosen ? "Choose" : "Enter", STR_ARG(label));
}

static struct str example(const struct field *field)
{
	switch (field != NULL ? field->type : FIELD_TEXT) {
	case FIELD_PHONE: return STR("must have ten digits, such as 212 555 0123");
	case FIELD_EMAIL: return STR("must look like name@example.com");
	case FIELD_ZIP: return STR("must have five digits, such as 90210");
	case FIELD_STATE: return STR("must be a state, such as CA or California");
	case FIELD_SSN: return STR("must have nine digits");
	case FIELD_URL: return STR("must look like https://www.example.com");
	case FIELD_BOOLEAN: return STR("must be answered with yes or no");
	case FIELD_CHOICE: return STR("must be one of the choices");
	case FIELD_DATETIME: return STR("must look like 2026-11-23T12:00:00Z");
	default: return STR("");
	}
}

struct str words_fault(struct arena *a, const struct words_about *about, const struct fault *fault)
{
	struct str right = example(about->field);

	if (strcmp(fault->code, "missing_field") == 0 || str_is(fault->detail, "must not be empty") || is_question(about->label))
		return missing(a, about);
	if (strcmp(fault->code, "markup_in_data") == 0)
		right = STR("must be plain text, without tags in angle brackets");
	else if (right.n == 0)
		right = fault->detail;
	return arena_printf(a, "%.*s%s%.*s %.*s.", STR_ARG(about->entry), about->entry.n > 0 ? ": " : "",
	    STR_ARG(about->entry.n > 0 ? within_sentence(a, about->label) : about->label), STR_ARG(right));
}

struct str words_autocomplete(struct str name, const struct field *field)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_is(name, known[i].name) && known[i].autocomplete != NULL)
			return str_of(known[i].autocomplete);
	if (field != NULL && (field_is_secret(field) || field->type == FIELD_SSN))
		return STR("off");
	return STR("");
}
