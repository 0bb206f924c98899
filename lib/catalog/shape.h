/*
 * shape: what stands where in the configuration document: each object's members with their types, bounds and order. One table
 * serves the check (unknown, missing and ill-typed members) and the canonical order of what is exported.
 *
 * Parts that others compile (fields, conditions, caps, schedules, steps ...) are checked by their owners; here they have an order.
 */
#ifndef GAVEL_CATALOG_SHAPE_H
#define GAVEL_CATALOG_SHAPE_H

#include "lib/base/arena.h"
#include "lib/lead/members.h"

struct shape;

/* A member whose value is an object of a known shape, or a list of such. */
struct shape_inside {
	const char *member;
	const struct shape *shape;
	bool each;
};

struct shape {
	const struct member_rule *rules;    /* in the order of the canonical document */
	size_t n_rules;
	const struct shape_inside *inside;  /* ends with a NULL member; NULL: nothing known inside */
	bool foreign;                       /* checked by its owner: ordered here, not checked */
	bool sorted;                        /* members are names, not words of ours: in the order of their bytes */
};

enum {
	CATALOG_TEXT_MAX = 16 << 20,  /* bytes of a document */
	CATALOG_CONTRACTS_MAX = 20000,
	CATALOG_SECTION_MAX = 20000,  /* verticals, campaigns, sellers, buyers, channels, forms, look-ups, lists: of each */
	CATALOG_LIST_MAX = 500000,    /* entries of one list */
	CATALOG_LOOKUP_MAX = 100000,  /* entries of one look-up */
	CATALOG_NAME_MAX = 200,       /* characters */
	CATALOG_URL_MAX = 2000
};

extern const struct shape shape_document, shape_contract;

/* Every structural fault of the object and of what is inside it, foreign parts left out. */
void shape_check(const struct shape *s, const struct value *doc, const struct path *at, struct faults *f);
/* The value with its members in the shape's order: what a shape does not know comes last, as given. */
struct value shape_order(struct arena *a, const struct shape *s, const struct value *doc);
/* The shape inside a member of that name, or NULL. */
const struct shape *shape_inside(const struct shape *s, const char *member);

/* Words of the document, in the order of their enums; each ends with NULL. */
extern const char *const shape_status[], *const shape_strategy[], *const shape_rank_by[], *const shape_show_buyer[],
    *const shape_funding[], *const shape_postback_auth[], *const shape_sale[], *const shape_price[], *const shape_unknown_then[],
    *const shape_on_unknown[], *const shape_cost[];

#endif
