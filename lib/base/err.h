/*
 * err: one error, set where it happens and passed up untouched.
 *
 * A function that can fail takes `struct err *e` last and returns 0, or -1 with e set. The message is for operators and, for the
 * kinds a caller caused, for callers too: it names members, never the values of a lead.
 *
 *	if (json_parse(a, body, 32, &doc, e) != 0)
 *		return -1;
 */
#ifndef GAVEL_BASE_ERR_H
#define GAVEL_BASE_ERR_H

#include <stdarg.h>

enum err_kind {
	ERR_NONE,
	ERR_MALFORMED,    /* 400: cannot be read at all */
	ERR_INVALID,      /* 422: read, but wrong; `struct faults` has the members */
	ERR_UNAUTHORIZED, /* 401 */
	ERR_FORBIDDEN,    /* 403 */
	ERR_NOT_FOUND,    /* 404 */
	ERR_METHOD,       /* 405 */
	ERR_CONFLICT,     /* 409 */
	ERR_GONE,         /* 410 */
	ERR_TOO_LARGE,    /* 413 */
	ERR_MEDIA,        /* 415 */
	ERR_TOO_MANY,     /* 429 */
	ERR_BUSY,         /* 503: full, try again */
	ERR_DB,           /* the database refused; nothing was changed */
	ERR_DB_RETRY,     /* 1213, 1205, 1020: run the whole transaction again */
	ERR_DB_DUPLICATE, /* 1062: a unique key holds already */
	ERR_DB_UNCERTAIN, /* the connection was lost after COMMIT was sent */
	ERR_NET,          /* a call out could not be made */
	ERR_IO,           /* files, sockets, processes */
	ERR_CONFIG,       /* settings or a document are wrong */
	ERR_INTERNAL,     /* ours: a defect */
	ERR__N
};

struct err {
	enum err_kind kind;
	const char *code; /* a stable slug for answers, or NULL for the kind's own; static storage */
	char msg[256];
	const char *file;
	int line;
};

#define err_set(e, kind, ...) err_set_at((e), (kind), __FILE__, __LINE__, __VA_ARGS__)

/* Fills *e (which may be NULL: the error is then not wanted) and returns -1, so that a caller can `return err_set(...)`. */
int err_set_at(struct err *e, enum err_kind kind, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The kind's own slug ("malformed", "db_uncertain"), for logs. Never NULL. */
const char *err_kind_name(enum err_kind kind);

#endif
