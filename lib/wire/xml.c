/*
 * xml: parsing.
 */
#include "lib/wire/xml.h"

#include <libxml/parser.h>

#include "lib/wire/xml_doc.h"

void xml_doc_quiet(void *ctx, xmlErrorPtr error)
{
	(void)ctx;
	(void)error;
}

static void quiet_text(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

void xml_init(void)
{
	xmlInitParser();
	/* Some complaints have no parser to go to: for this thread, and for those that are still to come. */
	xmlSetGenericErrorFunc(NULL, quiet_text);
	xmlThrDefSetGenericErrorFunc(NULL, quiet_text);
}

/* At the first fatal error the document is refused: what follows need not be read. */
static void stop(void *ctx, xmlErrorPtr error)
{
	if (error->level == XML_ERR_FATAL)
		xmlStopParser(ctx);
}

/* xml_scan has refused every DOCTYPE; this is for one that it might not have seen. */
static void refuse_doctype(void *ctx, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
	xmlParserCtxtPtr parser = ctx;

	(void)name;
	(void)external_id;
	(void)system_id;
	parser->wellFormed = 0;
	xmlStopParser(parser);
}

static xmlEntityPtr no_entity(void *ctx, const xmlChar *name)
{
	(void)ctx;
	return xmlGetPredefinedEntity(name);
}

static void drop(void *p)
{
	struct xml *xml = p;

	xmlXPathFreeContext(xml->xpath);
	xmlFreeDoc(xml->doc);
}

static xmlDocPtr read_text(struct str text, int *line_out)
{
	xmlParserCtxtPtr parser = xmlNewParserCtxt();
	const xmlError *error;
	xmlDocPtr doc;

	if (parser == NULL)
		return NULL;
	parser->sax->serror = stop;
	parser->sax->internalSubset = refuse_doctype;
	parser->sax->getEntity = no_entity;
	doc = xmlCtxtReadMemory(parser, text.p, (int)text.n, NULL, "UTF-8",
	    XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	error = xmlCtxtGetLastError(parser);
	if (error != NULL)
		*line_out = error->line;
	if (doc != NULL && parser->wellFormed == 0) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(parser);
	return doc;
}

int xml_parse(struct arena *a, struct str text, struct xml **out, struct err *e)
{
	struct str utf8;
	struct xml *xml;
	int line = 0;

	if (xml_decode(a, text, &utf8, e) != 0 || xml_scan(utf8, e) != 0)
		return -1;
	xml = arena_new_of(a, struct xml);
	xml->doc = read_text(utf8, &line);
	if (xml->doc == NULL)
		return err_set(e, ERR_MALFORMED, "XML, line %d: not well-formed", line);
	arena_defer(a, drop, xml);
	*out = xml;
	return 0;
}
