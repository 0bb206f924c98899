/*
 * apply: the one way in which a configuration changes, for gavelctl and for the HTTP API: merge the document with the one in force,
 * check the whole, keep it as the next version in one transaction. When another version came between, all of it is done again.
 *
 *	struct apply_in in = { .keys = keys, .document = text, .author = STR("ctl:root") };
 *	if (apply_document(db, a, &in, &out, &e) != 0)
 *		...	ERR_MALFORMED: not JSON. ERR_INVALID: out.faults has the members. ERR_CONFLICT: others keep coming between.
 */
#ifndef GAVEL_CATALOG_APPLY_H
#define GAVEL_CATALOG_APPLY_H

#include "lib/base/err.h"
#include "lib/catalog/catalog.h"
#include "lib/crypt/crypt.h"

struct db;

struct apply_in {
	const struct keyring *keys;
	struct str document;      /* JSON text as it came */
	struct str author;        /* "ctl:root", "user:ann", "key:AbCd1234" */
	bool prune;               /* what the document leaves out goes */
};

struct apply_out {
	int64_t version;          /* in force now; apply_preview: before */
	bool changed;             /* false: the document says what is in force already, and no version was made */
	struct catalog_change *changes;
	size_t n_changes;
	/*
	 * Pointers are into the document as it came; those of objects that are in force and not in the document (a contract whose vertical
	 * loses a field) name the object in their detail.
	 */
	struct faults faults, warnings;
};

int apply_document(struct db *db, struct arena *a, const struct apply_in *in, struct apply_out *out, struct err *e);
/* What apply_document would change; nothing is written. keys and author are not read. */
int apply_preview(struct db *db, struct arena *a, const struct apply_in *in, struct apply_out *out, struct err *e);
/*
 * The catalog as it would be in force after apply_document; nothing is written. Objects known to rows have their numbers, new ones such as no
 * row has; buyers' secrets are left out. To be freed with catalog_free.
 */
int apply_compile(struct db *db, struct arena *a, const struct apply_in *in, struct apply_out *out, struct catalog **catalog_out, struct err *e);
/* Makes the state equal to that version, as a new one; in->document is not read. ERR_NOT_FOUND: there is no such version. */
int apply_rollback(struct db *db, struct arena *a, const struct apply_in *in, int64_t version, struct apply_out *out,
    struct err *e);
/* The document in force in its canonical order (an empty one before the first apply), indented, and its version. */
int apply_export(struct db *db, struct arena *a, struct str *text_out, int64_t *version_out, struct err *e);

#endif
