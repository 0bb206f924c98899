/*
 * xml: XML 1.0 through libxml2 with everything that reaches out switched off: no network, no entities, any DOCTYPE is refused,
 * sizes and depth are capped.
 */
#ifndef GAVEL_WIRE_XML_H
#define GAVEL_WIRE_XML_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/value.h"

enum {
	XML_TEXT_MAX = 4 * 1024 * 1024,
	XML_DEPTH_MAX = 64,
	XML_NODES_MAX = 12000,      /* elements and attributes of a document */
	XML_ATTRIBUTES_MAX = 200,   /* of one element: libxml2 compares each with each */
	XML_PATH_MAX = 500,         /* bytes of an XPath expression: it is read and evaluated by recursion */
	XML_MATCHES_MAX = 1000,
	XML_MEMBERS_MAX = 1000      /* of one object or list of a request */
};

struct xml;       /* a parsed document, tied to an arena; one thread's */
struct xml_node;  /* a node of it */
struct xml_path;  /* an XPath 1.0 expression, checked, with its namespaces: immutable, for any thread */

/* Process start, before threads. */
void xml_init(void);
int xml_parse(struct arena *a, struct str text, struct xml **out, struct err *e);
/*
 * namespaces: an object of prefix -> URI, or NULL. The expression is checked whole: unknown functions, prefixes without a
 * namespace and variables are ERR_INVALID as well. It belongs to the arena.
 */
int xml_path_compile(struct arena *a, struct str expression, const struct value *namespaces, const struct xml_path **out,
    struct err *e);
/*
 * The text of the first match in the document's order (node: its text content; string, number and boolean results as XPath prints
 * them). False when nothing matches, or when the evaluation would take too long.
 */
bool xml_select(struct arena *a, const struct xml *doc, const struct xml_node *from, const struct xml_path *path, struct str *out);
/* The nodes of a node-set, at most XML_MATCHES_MAX. from NULL: the document. */
size_t xml_select_nodes(struct arena *a, const struct xml *doc, const struct xml_node *from, const struct xml_path *path,
    const struct xml_node ***out);
/* Intake: root <request>, list entries <item>, leaves are texts, attributes are faults. ERR_MALFORMED otherwise. */
int xml_to_value(struct arena *a, struct str text, const char *root, struct value *out, struct err *e);
/* An answer: members as elements, list entries as <item>, null as an empty element. */
int xml_write(struct buf *b, const char *root, const struct value *v);
/* Text content: & < > " ' and CR escaped, control characters that XML forbids dropped, bytes that are not UTF-8 become U+FFFD. */
int xml_escape(struct buf *b, struct str s);
/* An attribute's value: as xml_escape, and white space too, which a reader would turn into spaces. */
int xml_escape_attribute(struct buf *b, struct str s);
/* What stands inside <![CDATA[ ... ]]>, b having what comes before: CR, and a '>' that would close it, step outside. */
int xml_cdata(struct buf *b, struct str s);

#endif
