/*
 * chance: random auctions that are the same each time: what rounds of property.c and replay.c begin with.
 */
#ifndef GAVEL_TESTS_EXCHANGE_CHANCE_H
#define GAVEL_TESTS_EXCHANGE_CHANCE_H

#include "lib/exchange/steps.h"

#define CHANCE_NOW INT64_C(1795000000000000)

struct chance {
	struct arena *a;   /* a round's */
	uint64_t seed;
};

/* From 0 to n - 1. */
unsigned chance_upto(struct chance *c, unsigned n);
/* The text as a value; the test fails when it is none. */
struct value chance_parsed(struct arena *a, const char *json);
/* The document of one campaign ("auto") and seller ("acme") and of n buyers b0, b1, … with a contract c0, c1, … each, numbered from 1. */
struct catalog *chance_compiled(struct arena *a, struct str document, unsigned n);
/* An auction before its buyers are asked; max_sales 0: the campaign's. Its facts are without a lead's age. */
struct auction *chance_auction(struct arena *a, const struct ask *ask, struct id ping_id);

#endif
