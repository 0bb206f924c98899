/*
 * case: one JSON file: a contract's steps, and what must come of them.
 *
 *	{ "about": "...", "vertical": "auto" | {...}, "lookups": {...}, "lists": {...}, "price": "bid" | "fixed",
 *	  "ping": {step}, "post": {step}, "loss_notice": {step},
 *	  "faults": [ { "pointer", "code", "detail"? } ], "warnings": [ the same ],
 *	  "runs": [ { "step": "ping", "lead": {LEAD.json}, "set": {...}?, "call": {...} | "refused": "..." | "invalid": ["/lead/zip"] },
 *	            { "step": "ping", "reply": {REPLY.json}, "verdict": {...}, "captures": {...}? } ] }
 *
 * A vertical's name is a file in verticals/; it has `fields`, `lead` (a LEAD.json to start from, where a run's `lead` is absent),
 * `lookups`. `set` is laid over the lead, null taking a member away. Of `call` and `verdict` the members given must be equal; a call's
 * "json" is its body read as JSON. `refused` is a part of the message. "faults" must be exactly those; without it there is none.
 * A reply's body may be a list of pieces, a piece being a text or [text, times].
 */
#ifndef GAVEL_TESTS_DELIVERY_CASE_H
#define GAVEL_TESTS_DELIVERY_CASE_H

#include "lib/base/arena.h"
#include "lib/base/value.h"

enum { WHY_MAX = 2048 };

/* A JSON file; the test fails where it can't be read. */
struct value case_read(struct arena *a, const char *path);
/* Runs the case; NULL, or what was not as expected. */
const char *case_run(struct arena *a, const struct value *doc);

#endif
