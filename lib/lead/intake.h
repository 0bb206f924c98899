/*
 * intake: the members that stand beside a lead in a ping, a post and a lead: source, consent, event and hashes, each of its type.
 * One list for the checks at the door and for whatever names them (filters, templates).
 */
#ifndef GAVEL_LEAD_INTAKE_H
#define GAVEL_LEAD_INTAKE_H

#include "lib/lead/vertical.h"

enum intake_part { INTAKE_SOURCE, INTAKE_CONSENT, INTAKE_EVENT, INTAKE_HASHES, INTAKE__N };

/* "source", "consent", "event", "hashes" */
const char *intake_part_name(enum intake_part part);
/* The member a dotted path names within a part ("sub1", "buyers.0"), or NULL. */
const struct field *intake_find(enum intake_part part, struct str dotted);
/*
 * Checks and normalises one part as lead_check does a lead. raw NULL or null gives an empty object. lenient: text that spells a
 * type is taken. Faults go to f under `at`; -1 if any.
 */
int intake_check(struct arena *a, enum intake_part part, bool lenient, const struct value *raw, const struct path *at,
    struct faults *f, struct value *out);

#endif
