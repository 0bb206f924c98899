/*
 * place: where a hole stands decides how its value is written, so that nobody can forget to escape. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_PLACE_H
#define GAVEL_TMPL_PLACE_H

#include "lib/tmpl/render.h"

enum place {
	PLACE_PLAIN,            /* as it is */
	PLACE_HEADER,           /* no CR, LF or NUL */
	PLACE_URL,              /* a path segment or a query value */
	PLACE_XML_TEXT,
	PLACE_XML_ATTRIBUTE,
	PLACE_XML_CDATA,
	PLACE_HTML_TEXT,
	PLACE_HTML_ATTRIBUTE,
	PLACE_HTML_LINK,        /* the beginning of an address: http, https or relative, else nothing */
	PLACE_HTML_URL,         /* a part of an address */
	PLACE_HTML_JSON,        /* in an attribute */
	PLACE_SCRIPT_JSON       /* in a script element */
};

/* Writes a value to r->out; sets r->refused when it may not go there. v is not NULL. */
void place_write(struct render *r, enum place place, const struct value *v);

#endif
