/*
 * store/migration: which migrations the database has seen. A migration is begun before its first statement and ended after its last: since
 * MariaDB commits each change of a table by itself, one that was begun and not ended is run again, and is written so that this does no harm.
 */
#ifndef GAVEL_STORE_MIGRATION_H
#define GAVEL_STORE_MIGRATION_H

#include "lib/crypt/crypt.h"
#include "lib/db/db.h"

struct migration_row {
	int version;
	struct str name;                /* of the file, "0001_config.sql" */
	uint8_t sha256[SHA256_SIZE];    /* of its text when it was last begun */
	int64_t started_at, ended_at;   /* UTC microseconds; 0: not ended */
};

/* Makes the table that the rest works on; harmless when it is there. */
int migration_store_prepare(struct db *db, struct err *e);
/* By version; none when the table is not there. */
int migration_store_list(struct db *db, struct arena *a, struct migration_row **out, size_t *n_out, struct err *e);
/* started_at of the row is used. */
int migration_store_begin(struct db *db, const struct migration_row *row, struct err *e);
int migration_store_end(struct db *db, int version, int64_t ended_at, struct err *e);

#endif
