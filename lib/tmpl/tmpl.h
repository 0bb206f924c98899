/*
 * tmpl: the one template engine: buyers' payloads and our own HTML. A template is compiled once, with every hole's path and filters
 * checked against what may be named there, and then rendered by any thread.
 *
 * Grammar (configuration.md, "Holes", "Sections", "Filters"): {{path | filter arg | ...}}, {{#x}}..{{/x}}, {{^x}}..{{/x}}.
 * The kind of text decides the escaping, so nobody can forget it.
 */
#ifndef GAVEL_TMPL_TMPL_H
#define GAVEL_TMPL_TMPL_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/map.h"
#include "lib/base/value.h"

struct tmpl;

/* Of one rendering: bytes of one value, and holes and entries (sections in sections must end). */
enum { TMPL_VALUE_MAX = 256 * 1024, TMPL_STEPS_MAX = 20000 };

enum tmpl_kind {
	TMPL_PLAIN,        /* text bodies: as it is */
	TMPL_HEADER,       /* CR, LF, NUL are refused */
	TMPL_URL,          /* holes after the host: a path segment or a query value, percent-encoded; no CR, LF, NUL, "." or ".." */
	TMPL_FORM,         /* one form value: the caller encodes it */
	TMPL_XML,          /* holes stand in text, CDATA and quoted attribute values; each has its own escape */
	TMPL_JSON,         /* a JSON tree (tmpl_compile_json) */
	TMPL_HTML          /* ours: holes are typed, {{text x}} {{attr x}} {{url x}} {{json x}}, each for its place in the markup */
};

/* What templates of a place may name, and what filters may use. */
struct tmpl_env {
	void *ctx;
	/*
	 * Whether a path may be named here; why_out says why not ("never leaves in a ping"). NULL: any path.
	 *
	 * It is asked for full dotted paths: an item's has its list's first entry for all of them (in {{#lead.drivers}},
	 * item.first_name is lead.drivers.0.first_name, and item alone is lead.drivers); indices that are written stay as they are
	 * (lead.drivers.3.gender). Secrets (secret.NAME) and now are asked for, index is not.
	 *
	 * A section or an $each over PATH also asks for PATH.0: where that may be named there is a list, whose item hides the outer
	 * ones. Elsewhere an item that PATH does not have is looked for further out, so that what stands in {{#item.sr22}} is still
	 * about the driver.
	 */
	bool (*allow)(void *ctx, struct str path, const char **why_out);
	const struct map *lookups;  /* name -> struct map * of struct str *, for map:NAME; NULL: none */
	bool omit_empty;
};

/* Compiles a text. Every fault is added at `at` (code invalid_field); -1 when there was one. What it needs is copied into a. */
int tmpl_compile(struct arena *a, enum tmpl_kind kind, struct str text, const struct tmpl_env *env, const struct path *at,
    struct faults *f, const struct tmpl **out);
/*
 * Compiles a JSON template: texts with holes, $each/$item. Where a form's value is {"$json": tree} or {"$xml": text}, lib/buyer
 * takes the wrapping off and compiles what is inside as TMPL_JSON or TMPL_XML; elsewhere both are faults.
 */
int tmpl_compile_json(struct arena *a, const struct value *tree, const struct tmpl_env *env, const struct path *at,
    struct faults *f, const struct tmpl **out);

enum tmpl_result {
	TMPL_DONE,
	/* omit_empty, and all holes of the text were absent: leave the place out. A header, a form's value, JSON that is one text;
	 * a body and a URL are always there. */
	TMPL_ABSENT,
	TMPL_REFUSED,  /* a value may not go there (CR/LF/NUL in a header or URL, map:NAME:refuse): no_bid, not_sent */
	TMPL_FULL      /* the buf's limit, TMPL_VALUE_MAX or TMPL_STEPS_MAX */
};

/*
 * What a rendering reads: an object whose members are the roots (lead, source, ping, bid, lead_id, ...), the secrets, and now.
 * Secrets are apart so that a rendering can be made with their names in their place.
 */
struct tmpl_scope {
	const struct value *root;
	const struct value *secrets;  /* object of texts, or NULL */
	bool mask_secrets;            /* a hole that a secret takes part in, hashed or as a key, renders as {{secret.NAME}} */
	int64_t now_us;               /* for `now` and `age` */
};

/*
 * Absent are: a path that leads nowhere, null, an empty text, and what a filter leaves nothing of; default:"" and map may give an
 * empty text that is there. A list in a text is written with commas between, an object as JSON. On TMPL_REFUSED and TMPL_FULL e
 * says why, never with a value; what is in out by then is of no use.
 */
enum tmpl_result tmpl_render(struct arena *a, const struct tmpl *t, const struct tmpl_scope *scope, struct buf *out, struct err *e);
/*
 * The values that a TMPL_FORM place stands for, not encoded: one for each entry when the whole text is one hole and it gives a list
 * (a form or a query repeats the key; an empty list gives none), otherwise one. Results as tmpl_render.
 */
enum tmpl_result tmpl_render_values(struct arena *a, const struct tmpl *t, const struct tmpl_scope *scope, struct str **out,
    size_t *n_out, struct err *e);
/* The holes' paths, for learning what a template reads: each in full, an item's without a number (lead.drivers.first_name). */
void tmpl_each_path(const struct tmpl *t, void (*fn)(void *ctx, struct str path), void *ctx);

#endif
