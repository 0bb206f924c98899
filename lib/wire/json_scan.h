/*
 * json_scan: what is known of a JSON text from its bytes alone, before a parser sees it. Private to lib/wire.
 */
#ifndef GAVEL_WIRE_JSON_SCAN_H
#define GAVEL_WIRE_JSON_SCAN_H

#include "lib/base/err.h"
#include "lib/base/str.h"

/* One pass that refuses what is nested deeper than depth (code "too_deep"), too long, or made of too many values for its length. */
int json_scan(struct str text, int depth, struct err *e);

/* The numbers of a well-formed text, in its order. */
struct json_numbers {
	struct str rest;
};

/* The next number's spelling; empty when there are no more. */
struct str json_numbers_next(struct json_numbers *n);

#endif
