/*
 * xml_path: XPath 1.0.
 *
 * libxml2 writes into a compiled expression while it evaluates it (it remembers the functions it has looked up), so one can't be
 * shared by threads. Reading an expression anew takes a microsecond or two; a lock would take less and cost more. So what is kept
 * is the text, checked; every evaluation is on a context that belongs to the document, which is one thread's.
 */
#include <libxml/xpathInternals.h>

#include "lib/wire/xml_doc.h"

/*
 * Of one evaluation: ten for each node of the largest document. An axis such as following:: from many nodes is still quadratic
 * within that, since libxml2 does not count the looking for doubles: a second at the worst, and only for who asks for it.
 */
enum { OPERATIONS_MAX = 10 * XML_NODES_MAX };

struct xml_path {
	const char *text;
	size_t n;                      /* namespaces */
	const char **prefixes, **uris;
};

/* What may stand before a parenthesis: functions, node tests and operators. libxml2 would only miss a function when it calls it. */
static const char *const callable[] = { "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string",
	"concat", "starts-with", "contains", "substring-before", "substring-after", "substring", "string-length", "normalize-space",
	"translate", "boolean", "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round", "node", "text",
	"comment", "processing-instruction", "and", "or", "div", "mod" };

static bool is_callable(struct str name)
{
	for (size_t i = 0; i < sizeof(callable) / sizeof(callable[0]); i++)
		if (str_is(name, callable[i]))
			return true;
	return false;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
	    (unsigned char)c >= 0x80;
}

static bool has_prefix(const struct xml_path *path, struct str name)
{
	for (size_t i = 0; i < path->n; i++)
		if (str_is(name, path->prefixes[i]))
			return true;
	return str_is(name, "xml");
}

/* One name and what follows it: a parenthesis, a colon, or neither. */
static int check_name(const struct xml_path *path, struct str name, struct str rest, struct err *e)
{
	if (rest.n >= 1 && rest.p[0] == ':' && (rest.n < 2 || rest.p[1] != ':') && !has_prefix(path, name))
		return err_set(e, ERR_INVALID, "XPath: prefix %.*s is not in namespaces", STR_ARG(name));
	rest = str_trim(rest);
	if (rest.n >= 1 && rest.p[0] == '(' && !is_callable(name))
		return err_set(e, ERR_INVALID, "XPath: there is no function %.*s", STR_ARG(name));
	return 0;
}

/* Names alone: whether it is an expression is for libxml2 to say. */
static int check_names(const struct xml_path *path, struct err *e)
{
	struct str s = str_of(path->text);

	while (s.n > 0) {
		size_t n = 0;

		while (n < s.n && is_name_char(s.p[n]))
			n++;
		if (n > 0) {
			if (check_name(path, (struct str){ s.p, n }, (struct str){ s.p + n, s.n - n }, e) != 0)
				return -1;
		} else if (s.p[0] == '$') {
			return err_set(e, ERR_INVALID, "XPath: there are no variables");
		} else if (s.p[0] == '"' || s.p[0] == '\'') {
			const char *close = memchr(s.p + 1, s.p[0], s.n - 1);

			n = close != NULL ? (size_t)(close - s.p) + 1 : s.n;
		} else {
			n = 1;
		}
		s.p += n;
		s.n -= n;
	}
	return 0;
}

static int take_namespaces(struct arena *a, const struct value *namespaces, struct xml_path *out, struct err *e)
{
	if (namespaces == NULL || namespaces->type == VALUE_NULL)
		return 0;
	if (namespaces->type != VALUE_OBJECT)
		return err_set(e, ERR_INVALID, "namespaces are an object of prefixes and URIs");
	out->prefixes = arena_array_of(a, namespaces->n, const char *);
	out->uris = arena_array_of(a, namespaces->n, const char *);
	for (size_t i = 0; i < namespaces->n; i++) {
		const struct member *m = &namespaces->members[i];

		if (m->value.type != VALUE_TEXT || m->value.text.n == 0)
			return err_set(e, ERR_INVALID, "a namespace is a URI");
		out->prefixes[i] = arena_cstr(a, m->name);
		out->uris[i] = arena_cstr(a, m->value.text);
		if (xmlValidateNCName((const xmlChar *)out->prefixes[i], 0) != 0)
			return err_set(e, ERR_INVALID, "a namespace's prefix is an XML name");
	}
	out->n = namespaces->n;
	return 0;
}

static xmlXPathContextPtr context_new(xmlDocPtr doc)
{
	xmlXPathContextPtr c = xmlXPathNewContext(doc);

	if (c != NULL) {
		c->error = xml_doc_quiet;
		c->opLimit = OPERATIONS_MAX;
	}
	return c;
}

int xml_path_compile(struct arena *a, struct str expression, const struct value *namespaces, const struct xml_path **out,
    struct err *e)
{
	struct xml_path *path = arena_new_of(a, struct xml_path);
	xmlXPathContextPtr context;
	xmlXPathCompExprPtr compiled;

	if (expression.n > XML_PATH_MAX)
		return err_set(e, ERR_INVALID, "XPath: longer than %d bytes", XML_PATH_MAX);
	if (memchr(expression.p, '\0', expression.n) != NULL || !utf8_valid(expression))
		return err_set(e, ERR_INVALID, "XPath: not text");
	path->text = arena_cstr(a, expression);
	if (take_namespaces(a, namespaces, path, e) != 0)
		return -1;
	context = context_new(NULL);
	compiled = context != NULL ? xmlXPathCtxtCompile(context, (const xmlChar *)path->text) : NULL;
	xmlXPathFreeCompExpr(compiled);
	xmlXPathFreeContext(context);
	if (compiled == NULL)
		return err_set(e, ERR_INVALID, "XPath: not an expression");
	if (check_names(path, e) != 0)
		return -1;
	*out = path;
	return 0;
}

static xmlXPathObjectPtr evaluate(const struct xml *doc, const struct xml_node *from, const struct xml_path *path)
{
	struct xml *own = (struct xml *)(uintptr_t)doc; /* the document stays as it is; its context is our scratch */
	xmlXPathContextPtr c = own->xpath;
	xmlXPathCompExprPtr compiled;
	xmlXPathObjectPtr result;

	if (c == NULL)
		c = own->xpath = context_new(own->doc);
	if (c == NULL)
		return NULL;
	c->node = from != NULL ? xml_doc_node(from) : (xmlNodePtr)own->doc;
	c->opCount = 0;
	xmlXPathRegisteredNsCleanup(c);
	for (size_t i = 0; i < path->n; i++)
		if (xmlXPathRegisterNs(c, (const xmlChar *)path->prefixes[i], (const xmlChar *)path->uris[i]) != 0)
			return NULL;
	compiled = xmlXPathCtxtCompile(c, (const xmlChar *)path->text);
	result = compiled != NULL ? xmlXPathCompiledEval(compiled, c) : NULL;
	xmlXPathFreeCompExpr(compiled);
	return result;
}

static bool is_empty_set(const xmlXPathObject *o)
{
	return o->type == XPATH_NODESET && (o->nodesetval == NULL || o->nodesetval->nodeNr == 0);
}

bool xml_select(struct arena *a, const struct xml *doc, const struct xml_node *from, const struct xml_path *path, struct str *out)
{
	xmlXPathObjectPtr result = evaluate(doc, from, path);
	xmlChar *text = NULL;

	/* A set's text is that of its first node in the document's order. */
	if (result != NULL && !is_empty_set(result))
		text = xmlXPathCastToString(result);
	if (text != NULL)
		*out = arena_str(a, str_of((const char *)text));
	xmlFree(text);
	xmlXPathFreeObject(result);
	return text != NULL;
}

size_t xml_select_nodes(struct arena *a, const struct xml *doc, const struct xml_node *from, const struct xml_path *path,
    const struct xml_node ***out)
{
	xmlXPathObjectPtr result = evaluate(doc, from, path);
	size_t n = 0;

	*out = NULL;
	if (result == NULL)
		return 0;
	if (result->type == XPATH_NODESET && !is_empty_set(result)) {
		xmlNodeSetPtr set = result->nodesetval;
		size_t room = (size_t)set->nodeNr < XML_MATCHES_MAX ? (size_t)set->nodeNr : XML_MATCHES_MAX;

		xmlXPathNodeSetSort(set);
		*out = arena_array_of(a, room, const struct xml_node *);
		/* A namespace node is the result's own and dies with it. */
		for (int i = 0; i < set->nodeNr && n < room; i++)
			if (set->nodeTab[i]->type != XML_NAMESPACE_DECL)
				(*out)[n++] = (const struct xml_node *)set->nodeTab[i];
	}
	xmlXPathFreeObject(result);
	return n;
}
