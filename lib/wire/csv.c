#include "lib/wire/csv.h"

#include "lib/base/utf8.h"

enum { ROWS_FIRST = 16 };

struct reader {
	struct arena *a;
	struct str rest;
	int line;             /* of what was read last, from 1 */
	struct str fields[CSV_COLUMNS_MAX];
	size_t n;
};

static int malformed(const struct reader *r, struct err *e, const char *what)
{
	return err_set(e, ERR_MALFORMED, "line %d: %s", r->line, what);
}

/* Where the closing quote stands, counted from behind the opening one; the text's length when there is none. */
static size_t closing_quote(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '"')
			continue;
		if (i + 1 == s.n || s.p[i + 1] != '"')
			return i;
		i++;
	}
	return s.n;
}

/* Behind the opening quote, up to the closing one; a doubled quote is one. */
static int read_quoted(struct reader *r, struct str *out, struct err *e)
{
	size_t end = closing_quote(r->rest), n = 0;
	char *p;

	if (end == r->rest.n)
		return malformed(r, e, "a quote is not closed");
	p = arena_alloc(r->a, end + 1);
	for (size_t i = 0; i < end; i++) {
		r->line += r->rest.p[i] == '\n';
		p[n++] = r->rest.p[i];
		i += r->rest.p[i] == '"';
	}
	r->rest = (struct str){ r->rest.p + end + 1, r->rest.n - end - 1 };
	*out = (struct str){ p, n };
	return 0;
}

static int read_plain(struct reader *r, struct str *out, struct err *e)
{
	size_t n = 0;

	while (n < r->rest.n && r->rest.p[n] != ',' && r->rest.p[n] != '\n') {
		if (r->rest.p[n] == '"')
			return malformed(r, e, "a quote stands inside a field that does not begin with one");
		n++;
	}
	*out = (struct str){ r->rest.p, n };
	r->rest = (struct str){ r->rest.p + n, r->rest.n - n };
	if (out->n > 0 && out->p[out->n - 1] == '\r' && (r->rest.n == 0 || r->rest.p[0] == '\n'))
		out->n--;
	return 0;
}

static int read_field(struct reader *r, struct str *out, struct err *e)
{
	if (r->rest.n == 0 || r->rest.p[0] != '"')
		return read_plain(r, out, e);
	r->rest = (struct str){ r->rest.p + 1, r->rest.n - 1 };
	if (read_quoted(r, out, e) != 0)
		return -1;
	if (str_starts(r->rest, STR("\r\n")))
		r->rest = (struct str){ r->rest.p + 1, r->rest.n - 1 };
	if (r->rest.n > 0 && r->rest.p[0] != ',' && r->rest.p[0] != '\n')
		return malformed(r, e, "something stands behind a closing quote");
	return 0;
}

/* One line's fields; n 0 at the end of the text. */
static int read_row(struct reader *r, struct err *e)
{
	bool more;

	do {
		r->n = 0;
		r->line++;
		if (r->rest.n == 0)
			return 0;
		do {
			if (r->n == CSV_COLUMNS_MAX)
				return malformed(r, e, "too many columns");
			if (read_field(r, &r->fields[r->n++], e) != 0)
				return -1;
			more = r->rest.n > 0 && r->rest.p[0] == ',';
			if (r->rest.n > 0)
				r->rest = (struct str){ r->rest.p + 1, r->rest.n - 1 };
		} while (more);
	} while (r->n == 1 && r->fields[0].n == 0);
	return 0;
}

static int check_names(const struct reader *r, const struct str *names, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].n == 0)
			return malformed(r, e, "a column has no name");
		for (size_t k = 0; k < i; k++)
			if (str_eq(names[i], names[k]))
				return malformed(r, e, "two columns have one name");
	}
	return 0;
}

static struct value row_value(const struct reader *r, const struct str *names)
{
	struct member *members = arena_array_of(r->a, r->n, struct member);

	for (size_t i = 0; i < r->n; i++)
		members[i] = (struct member){ names[i], value_text(r->fields[i]) };
	return value_object(members, r->n);
}

static struct value *room_for(struct arena *a, struct value *rows, size_t n, size_t *room)
{
	struct value *more;

	if (n < *room)
		return rows;
	*room = *room > 0 ? 2 * *room : ROWS_FIRST;
	more = arena_array_of(a, *room, struct value);
	if (n > 0)
		memcpy(more, rows, n * sizeof(*rows));
	return more;
}

int csv_to_value(struct arena *a, struct str text, size_t max_rows, struct value *out, struct err *e)
{
	struct reader r = { .a = a, .rest = text };
	struct value *rows = NULL;
	size_t n = 0, room = 0, columns;
	struct str *names;

	if (!utf8_valid(text) || (text.n > 0 && memchr(text.p, '\0', text.n) != NULL))
		return err_set(e, ERR_MALFORMED, "the text is not UTF-8, or has a NUL");
	if (str_starts(text, STR("\xef\xbb\xbf")))
		r.rest = (struct str){ text.p + 3, text.n - 3 };
	if (read_row(&r, e) != 0)
		return -1;
	columns = r.n;
	names = arena_array_of(a, columns, struct str);
	for (size_t i = 0; i < columns; i++)
		names[i] = str_trim(r.fields[i]);
	if (check_names(&r, names, columns, e) != 0)
		return -1;
	for (;;) {
		if (read_row(&r, e) != 0)
			return -1;
		if (r.n == 0)
			break;
		if (r.n != columns)
			return malformed(&r, e, "has more or fewer fields than there are columns");
		if (n == max_rows)
			return err_set(e, ERR_TOO_LARGE, "more than %zu rows", max_rows);
		rows = room_for(a, rows, n, &room);
		rows[n++] = row_value(&r, names);
	}
	*out = value_list(rows, n);
	return 0;
}

void csv_cell(struct buf *b, struct str s)
{
	bool formula = s.n > 0 && memchr("=+-@\t\r", s.p[0], 6) != NULL, quoted = formula;

	for (size_t i = 0; i < s.n && !quoted; i++)
		quoted = memchr(",\"\r\n", s.p[i], 4) != NULL;
	if (!quoted && s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' '))
		quoted = true;
	if (quoted)
		buf_add_char(b, '"');
	if (formula)
		buf_add_char(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_add_char(b, '"');
		buf_add_char(b, s.p[i]);
	}
	if (quoted)
		buf_add_char(b, '"');
}
