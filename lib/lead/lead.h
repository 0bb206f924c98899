/*
 * lead: from raw input to one checked, normalised lead, or to all its faults. From here on nobody sees raw input.
 */
#ifndef GAVEL_LEAD_LEAD_H
#define GAVEL_LEAD_LEAD_H

#include "lib/lead/facts.h"
#include "lib/lead/vertical.h"

struct lead_input {
	const struct vertical *vertical;
	enum step_kind step;
	bool lenient;              /* form and XML intake: text that spells a field's type is taken */
	const struct value *raw;   /* the request's `lead` object */
	const struct facts *facts; /* source, consent, event for required_if; its lead is not read */
};

/*
 * Checks raw against the vertical for the step and writes the normalised object (members in the vertical's order): phone to E.164,
 * e-mail lower-cased with its domain in A-labels, state to two letters, zip fills an absent state, an empty text and null are
 * absent. Faults (invalid_field, missing_field, unknown_member, markup_in_data) go to f under `at`; -1 if any: then *out holds what
 * was sound. What needed no change is borrowed from raw. required_if is asked when all else is normalised, so fields may stand in
 * any order.
 */
int lead_check(struct arena *a, const struct lead_input *in, const struct path *at, struct faults *f, struct value *out);

/* Splits a normalised lead in two of one shape: what may be kept in clear and what is sealed. List entries keep their index. */
void lead_split(struct arena *a, const struct vertical *v, const struct value *lead, struct value *clear_out,
    struct value *pii_out);
/* The whole lead again. Either may be NULL. It goes by names alone, so it also joins what an older vertical has split. */
struct value lead_join(struct arena *a, const struct vertical *v, const struct value *clear, const struct value *pii);
/* For pages, logs, exports: every pii field masked ("+1******0123", "j***@example.com", "***"), and any that the vertical lacks. */
struct value lead_mask(struct arena *a, const struct vertical *v, const struct value *lead);
/* The two-letter state of a five-digit ZIP (USPS three-digit prefixes), or an empty text. */
struct str lead_zip_state(struct str zip);
/*
 * Where a post's lead may not differ from its ping's: adds ping_mismatch at each field that took part and differs from the ping's,
 * or was absent there (or is now). `used` has the names of what took part, dotted and without "lead.": "zip", "drivers.0.gender"
 * (that entry), "drivers.gender" (every entry), "drivers" (all of it); NULL: everything did. A field that pings don't take can't
 * have taken part. -1 if any.
 */
int lead_compare(const struct vertical *v, const struct value *ping, const struct value *post, const struct map *used,
    const struct path *at, struct faults *f);

#endif
