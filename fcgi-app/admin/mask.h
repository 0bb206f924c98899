/*
 * mask: what a page may show of texts that may hold a person's data: their shape, never the data.
 */
#ifndef GAVEL_ADMIN_MASK_H
#define GAVEL_ADMIN_MASK_H

#include "lib/base/value.h"

/* A body as sent or received: each word is masked, its shape shows. */
struct str mask_body(struct arena *a, struct str body);
/*
 * A buyer's own words: what they repeat of the lead's personal values is masked, in whatever case, spacing or order of a day's numbers; so is
 * whatever looks like mail. personal is null when it is not known: then all words are masked.
 */
struct str mask_words(struct arena *a, const struct value *personal, struct str text);
/* Where a lead was sent: a query's names without its values, no escaped segment, and the rest as words. */
struct str mask_url(struct arena *a, const struct value *personal, struct str url);

#endif
