/*
 * score: 0 to 100 from completeness, the source's history and signs of intent, by a campaign's weights, of at most 100 in all.
 *
 *	completeness    x share of the fields taken in this step that the lead fills (required_if: where it applies)
 *	source_quality  x share of the source's posted leads that buyers kept
 *	intent          points of the rules that hold, at least 0 and at most the weight
 *
 * The sum is rounded to a whole number, halves up. A rule cannot read `score`.
 */
#ifndef GAVEL_LEAD_SCORE_H
#define GAVEL_LEAD_SCORE_H

#include "lib/lead/lead.h"

struct scoring;

int scoring_compile(struct arena *a, const struct value *doc, const struct vertical *v, const struct path *at, struct faults *f,
    const struct scoring **out);
/* source_rate: share of the source's posted leads that buyers kept, 0..1, below zero when nothing is known (counts as one half). */
int score_of(const struct scoring *s, const struct vertical *v, enum step_kind step, const struct facts *facts, double source_rate);
int scoring_minimum(const struct scoring *s);
void scoring_each_source(const struct scoring *s, void (*fn)(void *ctx, const void *source), void *ctx);

#endif
