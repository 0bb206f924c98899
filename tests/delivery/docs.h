/*
 * docs: the examples of docs/buyers.md are cases. A block
 *
 *	<!-- case: query_get ping -->
 *	```json
 *	{ ... }
 *	```
 *
 * is the member `ping` of cases/docs/query_get.json; each file there is shown at least once.
 */
#ifndef GAVEL_TESTS_DELIVERY_DOCS_H
#define GAVEL_TESTS_DELIVERY_DOCS_H

#include "lib/base/arena.h"

/* NULL, or what differs. */
const char *docs_check(struct arena *a, const char *page, const char *folder);

#endif
