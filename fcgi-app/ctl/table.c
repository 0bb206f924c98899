#include "fcgi-app/ctl/table.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/utf8.h"

enum { COLUMNS_MAX = 16 };

struct row {
	struct row *next;
	struct str cells[COLUMNS_MAX];
};

struct ctl_table {
	struct arena *arena;
	const char *columns;
	size_t n, widths[COLUMNS_MAX];
	struct row *first, **end;
};

struct ctl_table *ctl_table_new(struct arena *a, const char *columns)
{
	struct ctl_table *t = arena_new_of(a, struct ctl_table);

	t->arena = a;
	t->columns = columns;
	t->n = strlen(columns) < COLUMNS_MAX ? strlen(columns) : COLUMNS_MAX;
	t->end = &t->first;
	return t;
}

/* The second kind of control character has two bytes: U+0080 to U+009F, of which U+009B begins a sequence as ESC [ does. */
static bool is_second_kind(struct str s, size_t i)
{
	return i + 1 < s.n && s.p[i] == '\xc2' && ((unsigned char)s.p[i + 1] & 0xe0) == 0x80;
}

struct str ctl_plain(struct arena *a, struct str s)
{
	char *out = arena_copy(a, s.n > 0 ? s.p : "", s.n);

	for (size_t i = 0; i < s.n; i++) {
		bool second = is_second_kind(s, i);

		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f || second)
			out[i] = '?';
		if (second)
			out[++i] = '?';
	}
	return (struct str){ out, s.n };
}

void ctl_table_add(struct ctl_table *t, const struct str *cells)
{
	struct row *row = arena_new_of(t->arena, struct row);

	for (size_t i = 0; i < t->n; i++) {
		size_t width;

		row->cells[i] = ctl_plain(t->arena, cells[i]);
		width = utf8_count(row->cells[i]);
		t->widths[i] = width > t->widths[i] ? width : t->widths[i];
	}
	*t->end = row;
	t->end = &row->next;
}

void ctl_table_print(const struct ctl_table *t)
{
	for (const struct row *row = t->first; row != NULL; row = row->next) {
		for (size_t i = 0; i < t->n; i++) {
			int room = (int)(t->widths[i] - utf8_count(row->cells[i]));

			if (t->columns[i] == 'r')
				printf("%*s%.*s", room, "", STR_ARG(row->cells[i]));
			else
				printf("%.*s%*s", STR_ARG(row->cells[i]), i + 1 < t->n ? room : 0, "");
			fputs(i + 1 < t->n ? "  " : "\n", stdout);
		}
	}
}
