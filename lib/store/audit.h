/*
 * store/audit: who changed or looked at what, append-only. Written in the transaction of the change itself, so that neither is there
 * without the other.
 */
#ifndef GAVEL_STORE_AUDIT_H
#define GAVEL_STORE_AUDIT_H

#include "lib/db/db.h"

/*
 * actor "ctl:root", "user:ann", "key:AbCd1234"; action "key.create"; object "key:AbCd1234", "buyer:acme". detail (empty: none) holds no
 * secret and no lead's value; what does not fit is cut.
 */
int audit_add(struct db *db, struct str actor, const char *action, struct str object, struct str detail, struct err *e);

#endif
