/*
 * field: one value against one field: checked and normalised, or a fault that says what would be right (never the value itself).
 * Also a whole object against its fields. The checks of the types are pure functions of the text that a value spells.
 */
#ifndef GAVEL_LEAD_FIELD_H
#define GAVEL_LEAD_FIELD_H

#include "lib/lead/vertical.h"

struct field_check {
	struct arena *arena;   /* what is made anew lives here; the rest is borrowed from the raw value */
	struct faults *faults;
	enum step_kind step;
	bool lenient;          /* text that spells a field's type is taken */
};

/* NULL, null and an empty text (white space counts as nothing) are absent. */
bool field_is_absent(const struct value *raw);
/* raw is not absent. Lists and objects go through their own fields. */
int field_check(const struct field_check *c, const struct field *f, const struct value *raw, const struct path *at,
    struct value *out);
/* Types, unknown members, what the step does not take; members in the fields' order. Which are missing is not looked at here. */
int field_check_object(const struct field_check *c, const struct field *fields, size_t n, const struct value *raw,
    const struct path *at, struct value *out);

/* One type: NULL and *out, or the words behind "must be". s is trimmed and not empty. */
typedef const char *field_type_check(const struct field_check *c, const struct field *f, struct str s, struct value *out);

field_type_check field_text, field_choice, field_integer, field_decimal, field_money, field_boolean, field_date, field_datetime;
field_type_check field_email, field_phone, field_url, field_ip, field_uuid;
field_type_check field_zip, field_state, field_country, field_ssn, field_aba, field_bank_account;

#endif
