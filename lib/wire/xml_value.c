/*
 * xml_value: a request in XML as the tree that JSON would have given, with texts for leaves.
 */
#include "lib/wire/xml_doc.h"

static struct str name_of(const xmlNode *n)
{
	return str_of((const char *)n->name);
}

static bool is_blank(const xmlNode *n)
{
	return xmlIsBlankNode(n) != 0;
}

static size_t count_elements(const xmlNode *n)
{
	size_t count = 0;

	for (const xmlNode *c = n->children; c != NULL; c = c->next)
		count += c->type == XML_ELEMENT_NODE;
	return count;
}

static int convert(struct arena *a, const xmlNode *n, struct value *out, struct err *e);

static int convert_leaf(struct arena *a, const xmlNode *n, struct value *out)
{
	xmlChar *text = xmlNodeGetContent(n);

	*out = value_text(text != NULL ? arena_str(a, str_of((const char *)text)) : STR(""));
	xmlFree(text);
	return 0;
}

static int convert_list(struct arena *a, const xmlNode *n, size_t count, struct value *out, struct err *e)
{
	struct value *items = arena_array_of(a, count, struct value), *item = items;

	for (const xmlNode *c = n->children; c != NULL; c = c->next) {
		if (c->type != XML_ELEMENT_NODE)
			continue;
		if (!str_is(name_of(c), "item"))
			return err_set(e, ERR_MALFORMED, "XML, line %ld: a list has <item> alone", xmlGetLineNo(c));
		if (convert(a, c, item++, e) != 0)
			return -1;
	}
	*out = value_list(items, count);
	return 0;
}

static bool has_member(const struct member *m, const struct member *end, struct str name)
{
	for (; m < end; m++)
		if (str_eq(m->name, name))
			return true;
	return false;
}

static int convert_object(struct arena *a, const xmlNode *n, size_t count, struct value *out, struct err *e)
{
	struct member *members = arena_array_of(a, count, struct member), *m = members;

	for (const xmlNode *c = n->children; c != NULL; c = c->next) {
		if (c->type != XML_ELEMENT_NODE)
			continue;
		if (has_member(members, m, name_of(c)))
			return err_set(e, ERR_MALFORMED, "XML, line %ld: a member twice; a list has <item> alone", xmlGetLineNo(c));
		m->name = arena_str(a, name_of(c));
		if (convert(a, c, &m->value, e) != 0)
			return -1;
		m++;
	}
	*out = value_object(members, count);
	return 0;
}

static int convert(struct arena *a, const xmlNode *n, struct value *out, struct err *e)
{
	size_t count = count_elements(n);
	const xmlNode *c;

	if (n->properties != NULL)
		return err_set(e, ERR_MALFORMED, "XML, line %ld: an attribute", xmlGetLineNo(n));
	if (n->ns != NULL || n->nsDef != NULL)
		return err_set(e, ERR_MALFORMED, "XML, line %ld: a namespace", xmlGetLineNo(n));
	if (count == 0)
		return convert_leaf(a, n, out);
	if (count > XML_MEMBERS_MAX)
		return err_set(e, ERR_MALFORMED, "XML, line %ld: more than %d members", xmlGetLineNo(n), XML_MEMBERS_MAX);
	for (c = n->children; c != NULL; c = c->next)
		if ((c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) && !is_blank(c))
			return err_set(e, ERR_MALFORMED, "XML, line %ld: text beside members", xmlGetLineNo(c));
	for (c = n->children; c->type != XML_ELEMENT_NODE; c = c->next)
		;
	return str_is(name_of(c), "item") ? convert_list(a, n, count, out, e) : convert_object(a, n, count, out, e);
}

int xml_to_value(struct arena *a, struct str text, const char *root, struct value *out, struct err *e)
{
	const xmlNode *n;
	struct xml *xml;

	if (xml_parse(a, text, &xml, e) != 0)
		return -1;
	n = xmlDocGetRootElement(xml->doc);
	if (n == NULL || !str_is(name_of(n), root))
		return err_set(e, ERR_MALFORMED, "XML: the root is <%s>", root);
	if (convert(a, n, out, e) != 0)
		return -1;
	if (out->type == VALUE_TEXT && str_trim(out->text).n > 0)
		return err_set(e, ERR_MALFORMED, "XML: text where members belong");
	if (out->type == VALUE_TEXT)
		*out = value_object(NULL, 0);
	return 0;
}
