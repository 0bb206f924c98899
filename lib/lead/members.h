/*
 * members: an object that may have only these members, each of its type. Every part of the configuration is read this way: a table
 * says what may stand there, members_check adds every fault at once, and the getters then give a member's value or its default
 * without faults of their own, so that a caller can go on and find the faults of what lies deeper.
 *
 *	static const struct member_rule rules[] = {
 *		{ "key",  MEMBER_KEY,  .required = true },
 *		{ "tier", MEMBER_INT,  .min = 1, .max = 100 },
 *		{ "sale", MEMBER_CHOICE, .choices = sale_names },
 *	};
 *	bad |= members_check(doc, rules, MEMBERS_N(rules), at, f) != 0;
 *	c->tier = (int)members_int(doc, "tier", 1);
 *	c->sale = members_choice(doc, "sale", sale_names, SALE_EXCLUSIVE);
 *
 * JSON null is absent. Codes: invalid_field, missing_field, unknown_member. Nothing is allocated.
 */
#ifndef GAVEL_LEAD_MEMBERS_H
#define GAVEL_LEAD_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/fault.h"
#include "lib/base/value.h"

enum member_type {
	MEMBER_ANY,    /* whatever its owner makes of it */
	MEMBER_TEXT,   /* min..max characters; max 0: 255; a required one has at least one */
	MEMBER_KEY,    /* 1 to 64 of letters, digits, '-', '_', '.', the first a letter or digit */
	MEMBER_INT,    /* a whole JSON number, min..max when max > min */
	MEMBER_NUMBER, /* any JSON number; min..max when max > min */
	MEMBER_MONEY,  /* a decimal text ("12.50"), min..max in ten-thousandths; max 0: MONEY_MAX. In percent: 100 * MONEY_SCALE */
	MEMBER_BOOL,
	MEMBER_CHOICE, /* a text out of choices */
	MEMBER_LIST,   /* min..max entries; max 0: any number */
	MEMBER_TEXTS,  /* a list of non-empty texts of at most 255 characters; min..max entries; max 0: any number */
	MEMBER_OBJECT, /* min..max members; max 0: any number */
	MEMBER__N
};

struct member_rule {
	const char *name;
	enum member_type type;
	bool required;
	int64_t min, max;
	const char *const *choices; /* MEMBER_CHOICE: ends with NULL */
};

#define MEMBERS_N(rules) (sizeof(rules) / sizeof((rules)[0]))

/* Adds every fault: not an object, a member that is unknown, missing or ill-typed. -1 when there was one. */
int members_check(const struct value *doc, const struct member_rule *rules, size_t n, const struct path *at, struct faults *f);
/* One value against one rule (its name and required are not read): for the entries of a list, say. */
int member_check(const struct value *v, const struct member_rule *rule, const struct path *at, struct faults *f);

/* The member, or NULL when it is absent or null. */
const struct value *members_get(const struct value *doc, const char *name);
/* The member's value; the fallback when it is absent or of another type (members_check has then said so). */
struct str members_text(const struct value *doc, const char *name, struct str fallback);
int64_t members_int(const struct value *doc, const char *name, int64_t fallback);
double members_number(const struct value *doc, const char *name, double fallback);
int64_t members_money(const struct value *doc, const char *name, int64_t fallback);
bool members_bool(const struct value *doc, const char *name, bool fallback);
int members_choice(const struct value *doc, const char *name, const char *const *choices, int fallback);
/* NULL when it is absent or of another type. */
const struct value *members_list(const struct value *doc, const char *name);
const struct value *members_object(const struct value *doc, const char *name);
/* A list of texts as an array in a; entries of another type are left out. NULL and 0 when there are none. */
struct str *members_texts(struct arena *a, const struct value *doc, const char *name, size_t *n_out);

/* What MEMBER_KEY takes. */
bool member_is_key(struct str s);

#endif
