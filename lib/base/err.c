#include <stdio.h>

#include "lib/base/err.h"

static const char *const names[ERR__N] = {
	[ERR_NONE] = "none",
	[ERR_MALFORMED] = "malformed",
	[ERR_INVALID] = "invalid",
	[ERR_UNAUTHORIZED] = "unauthorized",
	[ERR_FORBIDDEN] = "forbidden",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_METHOD] = "method_not_allowed",
	[ERR_CONFLICT] = "conflict",
	[ERR_GONE] = "gone",
	[ERR_TOO_LARGE] = "too_large",
	[ERR_MEDIA] = "unsupported_media_type",
	[ERR_TOO_MANY] = "too_many_requests",
	[ERR_BUSY] = "busy",
	[ERR_DB] = "db",
	[ERR_DB_RETRY] = "db_retry",
	[ERR_DB_DUPLICATE] = "db_duplicate",
	[ERR_DB_UNCERTAIN] = "db_uncertain",
	[ERR_NET] = "net",
	[ERR_IO] = "io",
	[ERR_CONFIG] = "config",
	[ERR_INTERNAL] = "internal",
};

int err_set_at(struct err *e, enum err_kind kind, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	e->kind = kind;
	e->code = NULL;
	e->file = file;
	e->line = line;
	va_start(ap, fmt);
	if (vsnprintf(e->msg, sizeof(e->msg), fmt, ap) < 0)
		e->msg[0] = '\0';
	va_end(ap);
	return -1;
}

const char *err_kind_name(enum err_kind kind)
{
	return (unsigned int)kind < ERR__N ? names[kind] : "unknown";
}
