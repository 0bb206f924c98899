#include "tests/delivery/docs.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/map.h"
#include "lib/wire/json.h"
#include "tests/delivery/case.h"

enum { PAGE_MAX = 1024 * 1024, EXAMPLES_LEAST = 10 };

static struct str read_page(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");
	char piece[8192];
	struct buf b;
	size_t n;

	buf_in(&b, a, PAGE_MAX);
	while (f != NULL && (n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	if (f != NULL)
		fclose(f);
	return buf_str(&b);
}

/* Moves *rest behind the next occurrence; what was skipped goes to *before. */
static bool skip_to(struct str *rest, const char *mark, struct str *before)
{
	const char *p = memmem(rest->p, rest->n, mark, strlen(mark));

	if (p == NULL)
		return false;
	*before = (struct str){ rest->p, (size_t)(p - rest->p) };
	rest->n -= before->n + strlen(mark);
	rest->p = p + strlen(mark);
	return true;
}

static const char *check_block(struct arena *a, const char *folder, struct str name, struct str member, struct str block)
{
	struct value file = case_read(a, arena_cstr(a, arena_printf(a, "%s/%.*s.json", folder, STR_ARG(name)))), shown;
	const struct value *kept = value_pointer(&file, arena_printf(a, "/%.*s", STR_ARG(member)));
	struct err e;

	if (json_parse(a, block, JSON_DEPTH_CONFIG, &shown, &e) != 0)
		return arena_cstr(a, arena_printf(a, "%.*s: %s", STR_ARG(name), e.msg));
	if (kept == NULL || !value_eq(kept, &shown))
		return arena_cstr(a, arena_printf(a, "%.*s: the page's %.*s is not the case's", STR_ARG(name), STR_ARG(member)));
	return NULL;
}

static const char *check_shown(struct arena *a, const char *folder, const struct map *shown)
{
	DIR *d = opendir(folder);
	const char *why = NULL;
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		struct str name = str_of(entry->d_name);

		if (entry->d_name[0] != '.' && map_get(shown, (struct str){ name.p, name.n - strlen(".json") }) == NULL)
			why = arena_cstr(a, arena_printf(a, "does not show %s", entry->d_name));
	}
	if (d != NULL)
		closedir(d);
	return why;
}

const char *docs_check(struct arena *a, const char *page, const char *folder)
{
	struct str rest = read_page(a, page), before, head, name, block;
	struct map *shown = map_new(a);

	while (skip_to(&rest, "<!-- case: ", &before)) {
		const char *why;

		if (!skip_to(&rest, " -->", &head) || !skip_to(&rest, "```json\n", &before) || !skip_to(&rest, "```", &block))
			return "a case mark without its block";
		str_split(&head, ' ', &name);
		why = check_block(a, folder, name, head, block);
		if (why != NULL)
			return why;
		map_put(shown, name, a);
	}
	if (map_count(shown) < EXAMPLES_LEAST)
		return "too few examples";
	return check_shown(a, folder, shown);
}
