/*
 * xml_doc: what the files about XML share: libxml2's types behind ours. Private to lib/wire.
 */
#ifndef GAVEL_WIRE_XML_DOC_H
#define GAVEL_WIRE_XML_DOC_H

#include <libxml/tree.h>
#include <libxml/xpath.h>

#include "lib/base/utf8.h"
#include "lib/wire/xml.h"

struct xml {
	xmlDocPtr doc;
	xmlXPathContextPtr xpath; /* made at the first question */
};

/* A struct xml_node is an xmlNode under a name that others may know. */
static inline xmlNodePtr xml_doc_node(const struct xml_node *n)
{
	return (xmlNodePtr)(uintptr_t)n;
}

/* libxml2 reports to standard error unless it is given somewhere to report to. */
void xml_doc_quiet(void *ctx, xmlErrorPtr error);

/* The text as UTF-8, by its byte-order mark or its XML declaration. Refuses what is ill-formed in that encoding. */
int xml_decode(struct arena *a, struct str text, struct str *out, struct err *e);
/* One pass over UTF-8 that refuses a DOCTYPE, and more depth, nodes or attributes than a message needs. */
int xml_scan(struct str text, struct err *e);

#endif
