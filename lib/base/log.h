/*
 * log: one JSON object a line on standard error (or the file that standard error is). Never a lead's values, never a secret: a
 * caller logs names, ids and numbers. Lines are at most 4 KiB and written with one write(2), so that processes do not mix them.
 *
 *	log_info("migration applied", LOG_STR("file", name), LOG_INT("ms", ms), LOG_END);
 */
#ifndef GAVEL_BASE_LOG_H
#define GAVEL_BASE_LOG_H

#include <stdint.h>

#include "lib/base/str.h"

struct err;

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG__N };

struct log_field {
	const char *name; /* NULL: the end */
	bool is_int;
	int64_t number;
	struct str text;
};

#define LOG_STR(name, s) ((struct log_field){ (name), false, 0, (s) })
#define LOG_CSTR(name, s) ((struct log_field){ (name), false, 0, str_of(s) })
#define LOG_INT(name, i) ((struct log_field){ (name), true, (i), { 0, 0 } })
#define LOG_END ((struct log_field){ 0 })

void log_level_set(enum log_level least);
/* The program's name stands in every line ("gavel-api"); borrowed for ever. */
void log_program(const char *name);
void log_line(enum log_level level, const char *msg, const struct log_field *fields);
/* An error as it was set: kind, message, file and line. */
void log_err(const char *msg, const struct err *e);
/* Says why and aborts: out of memory, a broken invariant. */
void log_die(const char *msg) __attribute__((noreturn));

#define log_debug(msg, ...) log_line(LOG_DEBUG, (msg), (struct log_field[]){ __VA_ARGS__ })
#define log_info(msg, ...) log_line(LOG_INFO, (msg), (struct log_field[]){ __VA_ARGS__ })
#define log_warn(msg, ...) log_line(LOG_WARN, (msg), (struct log_field[]){ __VA_ARGS__ })
#define log_error(msg, ...) log_line(LOG_ERROR, (msg), (struct log_field[]){ __VA_ARGS__ })

#endif
