/*
 * markup: follows the text of an XML or HTML template, to know where each of its holes stands and, for omit_empty, what an absent
 * one takes with it. It does not check the markup beyond that. Private to lib/tmpl.
 */
#ifndef GAVEL_TMPL_MARKUP_H
#define GAVEL_TMPL_MARKUP_H

#include "lib/tmpl/program.h"

enum markup_state {
	IN_TEXT,
	IN_OPENING,      /* behind a '<' with which the text before a hole ends */
	IN_TAG,          /* a start tag, outside of values */
	IN_VALUE,        /* a quoted value */
	IN_END_TAG,
	IN_COMMENT,
	IN_CDATA,
	IN_INSTRUCTION,  /* <? ... ?> */
	IN_DECLARATION,  /* <! ... > */
	IN_RAW           /* HTML: a script or style element */
};

enum hole_type { HOLE_BARE, HOLE_TEXT, HOLE_ATTR, HOLE_URL, HOLE_JSON }; /* all but the first are HTML's */

struct markup {
	bool html;
	bool options;          /* leave out what is absent */
	enum markup_state state;
	char quote;            /* IN_VALUE */
	bool begun;            /* IN_VALUE: something stands before */
	struct str tag;        /* the start tag's name */
	struct str attribute;  /* the last attribute's */
	/* Ops, or MARKUP_NONE: the options that the element and the attribute would be, and where the element's content begins. */
	size_t element, content, value;
};

#define MARKUP_NONE SIZE_MAX

struct markup markup_start(const struct compiler *c);
/* Adds text to the program, as one operation or several. */
void markup_text(struct compiler *c, struct markup *m, struct program *p, struct str text);
/* Where a hole stands now; -1 and a fault where none may. */
int markup_hole(struct compiler *c, struct markup *m, enum hole_type type, enum place *out);
/* A section begins or ends here. */
void markup_section(struct markup *m);

#endif
