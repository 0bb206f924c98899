/*
 * facts: what is known of one lead, by name: lead.*, source.*, consent.*, event.*, seller, score, lead_age_s, hour, weekday.
 * Filters, scoring and required_if read it by compiled references; nothing in it changes while it is read.
 */
#ifndef GAVEL_LEAD_FACTS_H
#define GAVEL_LEAD_FACTS_H

#include <stdint.h>

#include "lib/lead/condition.h"

struct field;
struct vertical;

/* Values may be NULL or of type null: absent. hour and weekday are in the reader's time zone. */
struct facts {
	const struct value *lead, *source, *consent, *event, *hashes; /* objects */
	struct value seller;      /* text */
	struct value score;       /* number; VALUE_NULL: not scored */
	struct value lead_age_s;  /* number */
	struct value hour;        /* 0..23 */
	struct value weekday;     /* "mon".."sun" */
	const struct value *item; /* required_if within a list: the entry it stands in */
	/* private: facts_index */
	const struct field *indexed;
	const struct value **fields;
};

struct fact; /* a compiled reference: lead.drivers.0.gender */

/* Finds each field of facts->lead once, so that many filters can then fetch it at no cost. Optional; facts->lead stays as it is. */
void facts_index(struct arena *a, const struct vertical *v, struct facts *facts);

/*
 * The condition_env for facts: leaves of { "field": "lead.zip", op, value }. A path into lead.* must be a field of v, one into
 * source, consent or event a member that a request may have there (intake.h).
 */
struct condition_env fact_env(const struct vertical *v, const struct map *lists);
/* A condition_fetch: ctx is a `const struct facts *`. */
const struct value *fact_fetch(void *ctx, const void *source);
/* "lead.zip": for explanations and for telling a geographic filter from another. item.* is named in full: "lead.drivers.sr22". */
struct str fact_name(const struct fact *f);
/* lead.zip, lead.state, lead.city, lead.county, lead.country, at any depth. */
bool fact_is_geo(const struct fact *f);

/* Where a required_if within a list stands: it may also read the entry's own fields, as item.*. */
struct fact_entry {
	const struct vertical *vertical;
	struct str prefix;        /* "drivers." */
	const struct field *list;
};

struct condition_env fact_entry_env(const struct fact_entry *entry);

#endif
