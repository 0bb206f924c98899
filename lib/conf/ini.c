#include "lib/conf/ini.h"

#include <ini.h>

/* inih's own buffer: INI_MAX_LINE as its package was built, with the line's end and a NUL. */
enum { LINE_MAX_BYTES = INI_MAX_LINE - 2 };

struct feed {
	const struct ini_reader *to;
	struct str rest;
	int line;            /* the one that inih holds, from 1 */
	bool faulted;        /* that one was refused already */
};

static void refuse(struct feed *f, const char *why)
{
	if (!f->faulted)
		f->to->fault(f->to->arg, f->line, why);
	f->faulted = true;
}

/* Like fgets, without white space at the start, and never a part of a line: one that does not fit goes in as an empty one. */
static char *next_line(char *out, int room, void *arg)
{
	struct feed *f = arg;
	struct str line;

	if (f->rest.n == 0)
		return NULL;
	f->line++;
	f->faulted = false;
	str_split(&f->rest, '\n', &line);
	line = str_trim(line);
	if (line.n > LINE_MAX_BYTES || line.n + 2 > (size_t)room) {
		refuse(f, "the line is too long");
		line.n = 0;
	}
	if (memchr(line.p, '\0', line.n) != NULL) {
		refuse(f, "there is a NUL in the line");
		line.n = 0;
	}
	memcpy(out, line.p, line.n);
	out[line.n] = '\n';
	out[line.n + 1] = '\0';
	return out;
}

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct feed *f = arg;

	f->to->key(f->to->arg, f->line, section, key, value);
	return 1;
}

void ini_read(struct str text, const struct ini_reader *to)
{
	struct feed f = { .to = to, .rest = text };
	int bad;

	/* Of lines that it can't read at all inih tells the first and goes on. */
	bad = ini_parse_stream(next_line, &f, on_key, &f);
	if (bad > 0)
		to->fault(to->arg, bad, "is neither [section] nor key = value");
}
