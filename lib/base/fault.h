/*
 * fault: every fault of an input at once, each with its JSON Pointer.
 *
 * A check walks its input with a `struct path` on the stack (no memory, no strings until something is wrong):
 *
 *	struct path at = path_member(up, STR("price"));
 *	if (...) fault_add(faults, &at, "invalid_field", "price is a decimal text such as \"12.50\"");
 */
#ifndef GAVEL_BASE_FAULT_H
#define GAVEL_BASE_FAULT_H

#include <stddef.h>

#include "lib/base/str.h"

struct arena;

struct path {
	const struct path *up; /* NULL at the root */
	struct str name;       /* member name; n = 0 and p = NULL: an index */
	size_t index;
};

#define PATH_ROOT ((const struct path *)0)

static inline struct path path_member(const struct path *up, struct str name)
{
	return (struct path){ up, name, 0 };
}

static inline struct path path_index(const struct path *up, size_t index)
{
	return (struct path){ up, { 0, 0 }, index };
}

/* The JSON Pointer of a path (RFC 6901 escapes), without '#'. The root is "". */
struct str path_pointer(struct arena *a, const struct path *at);

struct fault {
	struct str pointer; /* "/lead/email" */
	const char *code;   /* stable slug, static: invalid_field, missing_field, unknown_member, ... */
	struct str detail;  /* says what would be right; never the offending value of a lead */
};

enum { FAULTS_MAX = 100 };

struct faults {
	struct arena *arena;
	size_t n;    /* listed */
	size_t more; /* found past FAULTS_MAX: counted, not listed */
	struct fault list[FAULTS_MAX];
};

void faults_init(struct faults *f, struct arena *a);
/* Always returns -1, so that a check can `return fault_add(...)`. */
int fault_add(struct faults *f, const struct path *at, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
