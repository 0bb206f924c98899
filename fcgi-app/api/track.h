/*
 * track: what a link says of where a visitor comes from: s1 to s5, the ad platforms' click ids, the utm parameters. The same words on a
 * channel's link and on a form's.
 */
#ifndef GAVEL_API_TRACK_H
#define GAVEL_API_TRACK_H

#include "lib/base/value.h"
#include "lib/store/click.h"
#include "lib/wire/form.h"

/* Fills subs, ids and utms from a query, cut to what their columns hold; the rest of *out stays as it is. */
void track_read(struct arena *a, const struct form *query, struct click *out);
/* Fills what is absent in *to with what another, earlier click says. */
void track_fill(struct click *to, const struct click *earlier);
/* The members of a lead's `source` that they are: sub1 to sub5, gclid, utm_source, ...; what is absent is left out. */
struct value track_source(struct arena *a, const struct click *c, struct str click_id);

#endif
