/*
 * store/session: sign-ins to the admin pages. What is kept is a hash of the cookie's token.
 */
#ifndef GAVEL_STORE_SESSION_H
#define GAVEL_STORE_SESSION_H

#include "lib/store/user.h"

enum { SESSION_CSRF = 43 };

struct session_row {
	uint8_t token_hash[32];
	uint32_t user_id;
	struct str user, role;      /* of the user; read only */
	struct str csrf;            /* 43 characters: stands in every form of the session */
	int64_t created_at, seen_at, expires_at;
};

/* A user that is not disabled, with its hash. */
enum found session_user_find(struct db *db, struct arena *a, struct str name, struct user_row *out, struct err *e);

int session_store_insert(struct db *db, const struct session_row *row, struct err *e);
/* One that has not expired and was seen since idle_after, and marks it seen. */
enum found session_store_find(struct db *db, struct arena *a, const uint8_t token_hash[32], int64_t now, int64_t idle_after,
    struct session_row *out, struct err *e);
int session_store_delete(struct db *db, const uint8_t token_hash[32], struct err *e);
int session_store_expire(struct db *db, int64_t now, struct err *e);

#endif
