/*
 * facts: what is known of one lead, by name: lead.*, source.*, consent.*, event.*, seller, score, lead_age_s, hour, weekday.
 * Filters, scoring and required_if read it by compiled references; nothing in it changes while it is read.
 */
#ifndef GAVEL_LEAD_FACTS_H
#define GAVEL_LEAD_FACTS_H

#include <stdint.h>

#include "lib/lead/condition.h"

struct vertical;

/* Values may be NULL (absent). `score`, `lead_age_s` below zero: not known. hour and weekday are in the reader's time zone. */
struct facts {
	const struct value *lead, *source, *consent, *event, *hashes; /* objects */
	struct value seller;      /* text */
	struct value score;       /* number; VALUE_NULL: not scored */
	struct value lead_age_s;  /* number */
	struct value hour;        /* 0..23 */
	struct value weekday;     /* "mon".."sun" */
};

struct fact; /* a compiled reference: lead.drivers.0.gender */

/* The condition_env for facts: leaves of { "field": "lead.zip", op, value }. A path into lead.* must be a field of v. */
struct condition_env fact_env(const struct vertical *v, const struct map *lists);
/* A condition_fetch: ctx is a `const struct facts *`. */
const struct value *fact_fetch(void *ctx, const void *source);
/* "lead.zip": for explanations and for telling a geographic filter from another. */
struct str fact_name(const struct fact *f);
/* lead.zip, lead.state, lead.city, lead.county, lead.country, at any depth. */
bool fact_is_geo(const struct fact *f);

#endif
