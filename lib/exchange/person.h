/*
 * person: whose lead it is, known by blind indexes alone, and whether the campaign or a contract had this person within its window.
 * Between files of lib/exchange only.
 *
 * For a campaign an earlier lead counts while it is being posted, sold or held; one that stayed unsold or was rejected does not, unless
 * a buyer that was given up may have it. For a
 * contract an earlier post counts, whatever became of it, unless nothing of it left.
 */
#ifndef GAVEL_EXCHANGE_PERSON_H
#define GAVEL_EXCHANGE_PERSON_H

#include "lib/catalog/catalog.h"
#include "lib/store/seen.h"

struct keyring;

/* By the lead's first phone and e-mail; by the request's digests where the lead has none. Either may be NULL. */
void person_of(struct arena *a, const struct keyring *keys, const struct vertical *v, const struct value *lead, const struct value *hashes,
    struct lead_person *out);
bool person_is_known(const struct lead_person *p);

/* Whether anything of a campaign asks for duplicates, and since when they may matter. */
bool person_matters(const struct campaign *c);
int64_t person_since(const struct campaign *c, int64_t now);

bool person_is_duplicate(const struct campaign *c, const struct seen *list, size_t n, int64_t now);
bool person_was_sent(const struct contract *c, const struct seen *list, size_t n, int64_t now);

#endif
