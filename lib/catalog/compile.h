/*
 * compile: one pass over a document, section by section in the order in which they refer to each other. Private to lib/catalog.
 *
 * Each part goes on after a fault, with a default in the faulty member's place, so that every fault is found at once; what comes
 * out is used only when there was none.
 */
#ifndef GAVEL_CATALOG_COMPILE_H
#define GAVEL_CATALOG_COMPILE_H

#include "lib/catalog/catalog.h"
#include "lib/catalog/shape.h"

struct compile {
	struct arena *a;            /* the catalog's */
	struct catalog *catalog;
	const struct catalog_names *names;
	struct faults *f, *w;       /* w may be NULL: warnings are not wanted */
	const struct map *lookups;  /* name -> struct map * of struct str * */
	const struct map *lists;    /* name -> struct map * of texts */
	struct map *verticals;      /* key -> struct vertical * */
	size_t n_contracts;         /* of all buyers so far */
};

/* The sections, each in the file of its noun. */
void vocabulary_compile(struct compile *k);
void campaigns_compile(struct compile *k);
void sellers_compile(struct compile *k);
void buyers_compile(struct compile *k);
void channels_compile(struct compile *k);
void form_pages_compile(struct compile *k);

void contract_compile(struct compile *k, const struct value *doc, const struct path *at, const struct buyer *buyer,
    struct contract *out);
/* A `duplicates` object of a campaign or a contract; doc may be NULL. */
void campaign_duplicates(struct compile *k, const struct value *doc, const struct path *at, int *days_out, unsigned *match_out);
/* After the buyers: each campaign's contracts by number, and the fields that decide in it. */
void campaigns_finish(struct compile *k);

/* The section's list, or an empty one. */
const struct value *compile_section(const struct compile *k, const char *name);
/* The object's key, put into `index` for `object` (invalid_field, duplicate_key). Empty when it is faulty. */
struct str compile_key(struct compile *k, const struct value *doc, const struct path *at, struct map *index, void *object);
/* What the member names in `index`; NULL with unknown_reference added, or when it is absent. */
void *compile_reference(struct compile *k, const struct value *doc, const char *member, const struct path *at,
    const struct map *index);
/* The number that rows know it by; 0 offline. */
uint32_t compile_number(const struct map *numbers, struct str key);
/* An absolute http(s) URL; a fault of the member otherwise. Empty when absent. */
struct str compile_url(struct compile *k, const struct value *doc, const char *member, const struct path *at);
/* Caps at `caps` in `at` that count spend are faults when it would be of two currencies: sums of both mean nothing. */
void compile_one_currency(struct compile *k, const struct cap *caps, size_t n, const struct path *at, const char *one, const char *other);
/* A warning, where they are wanted. */
void compile_warn(struct compile *k, const struct path *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
