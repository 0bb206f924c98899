/*
 * store/user: people who sign in to the admin pages. Only gavel-admin's own database user may read these rows.
 */
#ifndef GAVEL_STORE_USER_H
#define GAVEL_STORE_USER_H

#include "lib/db/db.h"

struct user_row {
	uint32_t id;
	struct str name, role;
	struct str password_hash;         /* empty in lists */
	int64_t created_at, disabled_at;  /* 0: not disabled */
};

/* FOUND_NO: the name is taken. */
enum found user_insert(struct db *db, const struct user_row *row, struct err *e);
/* By name. */
int user_list(struct db *db, struct arena *a, struct user_row **out, size_t *n_out, struct err *e);
/* Also ends the user's sessions. FOUND_NO: no such user. */
enum found user_set_password(struct db *db, struct str name, struct str password_hash, struct err *e);

#endif
