/*
 * Documents and expressions from outside do no harm; whatever bytes are escaped, a document with them in it is well-formed.
 */
#include <stdlib.h>

#include "lib/base/utf8.h"
#include "lib/wire/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	xml_init();
	return 0;
}

/* The first line is an expression, the rest a document. */
static void select_by_line(struct arena *a, struct str text)
{
	const struct xml_path *path;
	const struct xml_node **nodes;
	struct str line, found;
	struct xml *xml;

	if (!str_split(&text, '\n', &line) || text.p == NULL)
		return;
	if (xml_path_compile(a, line, NULL, &path, NULL) != 0 || xml_parse(a, text, &xml, NULL) != 0)
		return;
	(void)xml_select(a, xml, NULL, path, &found);
	if (xml_select_nodes(a, xml, NULL, path, &nodes) > 0)
		(void)xml_select(a, xml, nodes[0], path, &found);
}

static void check_written(struct arena *a, struct str text, int (*escape)(struct buf *b, struct str s), const char *before,
    const char *behind)
{
	struct xml *xml;
	struct err e;
	struct buf b;

	buf_in(&b, a, 16 << 20);
	buf_add_cstr(&b, before);
	escape(&b, text);
	buf_add_cstr(&b, behind);
	if (!utf8_valid(buf_str(&b)) || xml_parse(a, buf_str(&b), &xml, &e) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(256 << 20);
	struct str text = { (const char *)data, n };
	struct value v;
	struct err e;
	struct buf b;

	if (xml_to_value(a, text, "request", &v, &e) == 0) {
		buf_in(&b, a, 16 << 20);
		if (xml_write(&b, "request", &v) != 0 || xml_to_value(a, buf_str(&b), "request", &v, &e) != 0)
			abort();
	}
	select_by_line(a, text);
	check_written(a, text, xml_escape, "<a>", "</a>");
	check_written(a, text, xml_escape_attribute, "<a b=\"", "\"/>");
	check_written(a, text, xml_escape_attribute, "<a b='", "'/>");
	check_written(a, text, xml_cdata, "<a><![CDATA[", "]]></a>");
	arena_free(&a);
	return 0;
}
