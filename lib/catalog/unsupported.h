/*
 * unsupported: what configuration.md has and this release does not do yet. It is compiled like everything else and then refused by
 * name (not_supported), never ignored; values that ask for nothing are taken. One table: a row goes when its part is built.
 */
#ifndef GAVEL_CATALOG_UNSUPPORTED_H
#define GAVEL_CATALOG_UNSUPPORTED_H

#include "lib/base/fault.h"
#include "lib/base/value.h"

enum unsupported_in { IN_CAMPAIGN, IN_BUYER, IN_CONTRACT };

/* Refuses what stands in one object; a member that has a fault already is left at that. */
void unsupported_check(enum unsupported_in in, const struct value *doc, const struct path *at, struct faults *f);

#endif
