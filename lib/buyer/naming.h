/*
 * naming: which paths a step's holes may name, and what of a lead may leave in a ping.
 */
#ifndef GAVEL_BUYER_NAMING_H
#define GAVEL_BUYER_NAMING_H

#include "lib/buyer/step.h"

/* What a secret and a capture may be called: letters, digits, '_' and '-', at most 64. */
bool naming_is_name(struct str s);
/* The number of a list's entry. */
bool naming_is_index(struct str s);
/* tmpl_env's `allow`: ctx is a `const struct step_env *`. */
bool naming_allows(void *ctx, struct str path, const char **why_out);
/* True when the path names a list or an object of which a part may not leave in a ping. */
bool naming_needs_prune(const struct step_env *env, struct str path);
/* A copy of an object without the fields that may not leave in a ping, at any depth. */
struct value naming_prune(struct arena *a, const struct field *fields, size_t n, const struct value *object);

#endif
