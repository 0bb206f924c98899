/*
 * A line is put together in one array on the stack: logging must work when memory is short. What does not fit is cut, and the line
 * says so, but it always stays whole JSON.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/utf8.h"

enum {
	LINE_MAX_BYTES = 4096,
	TAIL = 16 /* kept free for ,"cut":true}\n */
};

struct line {
	char bytes[LINE_MAX_BYTES];
	size_t n;
	bool cut;
};

static _Atomic int least_level = LOG_INFO;
static const char *_Atomic program_name = "gavel";
static _Atomic int own_pid;

static const char *const level_names[LOG__N] = { "debug", "info", "warn", "error" };

static void learn_pid(void)
{
	atomic_store(&own_pid, (int)getpid());
}

/* Asked for once and after each fork: a system call less for every line. */
__attribute__((constructor)) static void watch_forks(void)
{
	learn_pid();
	pthread_atfork(NULL, NULL, learn_pid);
}

void log_level_set(enum log_level least)
{
	atomic_store(&least_level, (int)least);
}

void log_program(const char *name)
{
	atomic_store(&program_name, name);
}

static bool add(struct line *l, struct str s)
{
	if (s.n > LINE_MAX_BYTES - TAIL - l->n) {
		l->cut = true;
		return false;
	}
	if (s.n > 0)
		memcpy(l->bytes + l->n, s.p, s.n);
	l->n += s.n;
	return true;
}

/* Bytes that are no UTF-8 become question marks: a log line must never be what breaks the log's reader. */
static struct str take_character(struct str *s, char escaped[6])
{
	static const char hex[] = "0123456789abcdef";
	struct str rest = *s, taken = { s->p, 0 };
	unsigned char c = (unsigned char)s->p[0];

	if (c >= 0x80) {
		bool good = utf8_next(&rest) >= 0;

		taken = good ? (struct str){ s->p, s->n - rest.n } : STR("?");
		*s = good ? rest : (struct str){ s->p + 1, s->n - 1 };
		return taken;
	}
	s->p++;
	s->n--;
	if (c == '"' || c == '\\') {
		escaped[0] = '\\';
		escaped[1] = (char)c;
		return (struct str){ escaped, 2 };
	}
	if (c < 0x20 || c == 0x7f) {
		memcpy(escaped, "\\u00", 4);
		escaped[4] = hex[c >> 4];
		escaped[5] = hex[c & 15];
		return (struct str){ escaped, 6 };
	}
	taken.n = 1;
	return taken;
}

/* A quoted text; the closing quote always finds room. */
static void add_quoted(struct line *l, struct str s)
{
	char escaped[6];

	if (!add(l, STR("\"")))
		return;
	while (s.n > 0 && l->n < LINE_MAX_BYTES - TAIL - 7)
		if (!add(l, take_character(&s, escaped)))
			break;
	if (s.n > 0)
		l->cut = true;
	add(l, STR("\""));
}

static void add_int(struct line *l, int64_t number)
{
	char digits[20], *p = digits + sizeof(digits);
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (number < 0)
		*--p = '-';
	add(l, (struct str){ p, (size_t)(digits + sizeof(digits) - p) });
}

/* A member is begun only where its name and a short value have room, so that a line is never cut inside one. */
static bool begin(struct line *l, const char *name)
{
	struct str s = str_of(name);

	if (s.n + 40 > LINE_MAX_BYTES - TAIL - l->n) {
		l->cut = true;
		return false;
	}
	add(l, l->n == 0 ? STR("{\"") : STR(",\""));
	add(l, s);
	return add(l, STR("\":"));
}

static void member_text(struct line *l, const char *name, struct str s)
{
	if (begin(l, name))
		add_quoted(l, s);
}

static void member_int(struct line *l, const char *name, int64_t number)
{
	if (begin(l, name))
		add_int(l, number);
}

static void finish(struct line *l)
{
	struct str end = l->cut ? STR(",\"cut\":true}\n") : STR("}\n");
	int saved = errno;
	ssize_t sent;

	memcpy(l->bytes + l->n, end.p, end.n);
	do
		sent = write(STDERR_FILENO, l->bytes, l->n + end.n);
	while (sent < 0 && errno == EINTR);
	errno = saved;
}

void log_line(enum log_level level, const char *msg, const struct log_field *fields)
{
	char time[CLOCK_RFC3339_MS + 1];
	struct line l;

	if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed))
		return;
	l.n = 0;
	l.cut = false;
	clock_print_rfc3339_ms(time, clock_wall_us());
	member_text(&l, "time", (struct str){ time, CLOCK_RFC3339_MS });
	member_text(&l, "level", str_of(level_names[level]));
	member_text(&l, "program", str_of(atomic_load_explicit(&program_name, memory_order_relaxed)));
	member_int(&l, "pid", atomic_load_explicit(&own_pid, memory_order_relaxed));
	member_text(&l, "msg", str_of(msg));
	for (; fields != NULL && fields->name != NULL; fields++) {
		if (fields->is_int)
			member_int(&l, fields->name, fields->number);
		else
			member_text(&l, fields->name, fields->text);
	}
	finish(&l);
}

void log_err(const char *msg, const struct err *e)
{
	log_error(msg, LOG_CSTR("kind", err_kind_name(e->kind)),
	    LOG_CSTR("code", e->code != NULL ? e->code : err_kind_name(e->kind)), LOG_CSTR("error", e->msg),
	    LOG_CSTR("file", e->file), LOG_INT("line", e->line), LOG_END);
}

void log_die(const char *msg)
{
	log_error(msg, LOG_END);
	abort();
}
