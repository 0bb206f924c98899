/*
 * xml: XML 1.0 through libxml2 with everything that reaches out switched off: no network, no entities, any DOCTYPE is refused, sizes
 * and depth are capped.
 */
#ifndef GAVEL_WIRE_XML_H
#define GAVEL_WIRE_XML_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/value.h"

enum { XML_DEPTH_MAX = 64, XML_MATCHES_MAX = 1000 };

struct xml;       /* a parsed document, tied to an arena */
struct xml_node;  /* a node of it */
struct xml_path;  /* a compiled XPath 1.0 expression with its namespaces; used by one thread at a time inside xml_* */

/* Process start, before threads. */
void xml_init(void);
int xml_parse(struct arena *a, struct str text, struct xml **out, struct err *e);
/* namespaces: an object of prefix -> URI, or NULL. Checks the expression; it belongs to the arena. */
int xml_path_compile(struct arena *a, struct str expression, const struct value *namespaces, const struct xml_path **out, struct err *e);
/* The text of the first match (node: its text content; string, number and boolean results as XPath prints them). */
bool xml_select(struct arena *a, const struct xml *doc, const struct xml_node *from, const struct xml_path *path, struct str *out);
/* The nodes of a node-set, at most XML_MATCHES_MAX. from NULL: the document. */
size_t xml_select_nodes(struct arena *a, const struct xml *doc, const struct xml_node *from, const struct xml_path *path,
    const struct xml_node ***out);
/* Intake: root <request>, list entries <item>, leaves are texts, attributes are faults. ERR_MALFORMED otherwise. */
int xml_to_value(struct arena *a, struct str text, const char *root, struct value *out, struct err *e);
/* An answer: members as elements, list entries as <item>, null as an empty element. */
int xml_write(struct buf *b, const char *root, const struct value *v);
/* Text content or attribute value: & < > " ' escaped, control characters that XML forbids dropped. */
int xml_escape(struct buf *b, struct str s);

#endif
