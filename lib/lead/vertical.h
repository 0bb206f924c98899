/*
 * vertical: which fields a lead has, and how each is checked and normalised. Compiled from the configuration's `verticals` entry;
 * immutable.
 *
 * Where the document is silent: `ping` is "no" (what nobody marked safe does not leave early), `post` is what `ping` says,
 * "optional" if that is "no"; a `list` without `fields` is a list of texts; the `if` of a field within a list may read its own
 * entry as item.* ({ "field": "item.kind", "op": "eq", "value": "accident" }).
 */
#ifndef GAVEL_LEAD_VERTICAL_H
#define GAVEL_LEAD_VERTICAL_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/fault.h"
#include "lib/base/value.h"
#include "lib/lead/condition.h"

enum field_type {
	FIELD_TEXT, FIELD_CHOICE, FIELD_INTEGER, FIELD_DECIMAL, FIELD_MONEY, FIELD_BOOLEAN, FIELD_DATE, FIELD_DATETIME, FIELD_EMAIL,
	FIELD_PHONE, FIELD_ZIP, FIELD_STATE, FIELD_COUNTRY, FIELD_URL, FIELD_IP, FIELD_UUID, FIELD_SSN, FIELD_ABA,
	FIELD_BANK_ACCOUNT, FIELD_LIST, FIELD_OBJECT, FIELD__N
};

enum need { NEED_NO, NEED_OPTIONAL, NEED_REQUIRED, NEED_REQUIRED_IF, NEED__N };

/* The two steps of a lead's way. Also: which of a contract's two steps. */
enum step_kind { STEP_PING, STEP_POST, STEP__N };

struct field {
	struct str name;
	enum field_type type;
	enum need need[STEP__N];
	const struct condition *required_if; /* over facts; NULL unless a need is NEED_REQUIRED_IF */
	bool pii;              /* sealed at rest and masked; ssn, aba and bank_account always */
	struct value values;   /* choice: list of texts */
	bool has_min, has_max; /* integer, decimal, money: value; text: characters; list: entries */
	double min, max;
	struct field *fields;  /* list, object; none: a list of texts */
	size_t n_fields;
};

struct vertical {
	struct str key, name;
	struct field *fields;
	size_t n_fields;
};

/* FIELD_DEPTH: lists and objects within each other. FIELDS_MAX counts the fields of those too. */
enum { VERTICAL_FIELDS_MAX = 400, FIELD_DEPTH = 6, LIST_ENTRIES_MAX = 50, TEXT_DEFAULT_MAX = 255, TEXT_MAX = 4000 };

int vertical_compile(struct arena *a, const struct value *doc, const struct path *at, struct faults *f, struct vertical *out);
/* The field a dotted path names ("drivers.0.gender", "drivers.gender" where any is true), NULL when there is none. */
const struct field *vertical_find(const struct vertical *v, struct str dotted, bool any_index);
const struct field *field_find(const struct field *fields, size_t n, struct str name);
const char *field_type_name(enum field_type t);
/* Calls fn with each field's reference (a struct fact) that a required_if of the vertical reads. */
void vertical_each_source(const struct vertical *v, void (*fn)(void *ctx, const void *source), void *ctx);
/* A type that never leaves in a ping: ssn, aba, bank_account. */
bool field_is_secret(const struct field *f);

#endif
