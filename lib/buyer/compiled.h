/*
 * compiled: a step as it stands in memory, for the files of this folder. Immutable once compiled.
 */
#ifndef GAVEL_BUYER_COMPILED_H
#define GAVEL_BUYER_COMPILED_H

#include "lib/buyer/reply.h"
#include "lib/buyer/step.h"

enum { URL_MAX = 8192, HEADER_MAX = 8192, BODY_MAX = 1024 * 1024, PAIRS_MAX = 400, TIMEOUT_MIN_MS = 10, TIMEOUT_MAX_MS = 120000 };

/* One name of a query or a form; a name may come again. */
struct pair {
	struct str name;
	const struct tmpl *t;
	bool nested;             /* a JSON or XML text: one value, never a list */
};

struct pairs {
	struct pair *list;
	size_t n;
};

enum body_kind { BODY_NONE, BODY_JSON, BODY_FORM, BODY_XML, BODY_SOAP, BODY_TEXT };

struct body {
	enum body_kind kind;
	const struct tmpl *t;      /* all but BODY_FORM */
	struct pairs form;
	const struct tmpl *action; /* BODY_SOAP: or NULL */
	bool soap12;
	struct str content_type;   /* BODY_TEXT */
};

enum auth_type { AUTH_NONE, AUTH_BASIC, AUTH_BEARER, AUTH_HEADER, AUTH_SIGNATURE };

struct auth {
	enum auth_type type;
	struct str name;           /* AUTH_HEADER: empty while it has holes */
	const struct tmpl *first;  /* username, token, name, secret */
	const struct tmpl *second; /* password, value */
};

struct header {
	struct str name;
	const struct tmpl *t;
};

enum handover_kind { HANDOVER_NONE, HANDOVER_MAIL, HANDOVER_FILE };

/* In place of a call: a letter, or a line of a file. */
struct handover {
	enum handover_kind kind;
	struct str *to;
	size_t n_to;
	const struct tmpl *subject, *body;
	const struct tmpl *file;
	struct header *columns;    /* names and values */
	size_t n_columns;
};

struct step {
	enum step_kind kind;
	bool notice, price_by_bid;
	bool prune;                /* names a list or an object that holds fields which may not leave in a ping */
	const struct vertical *vertical;
	int timeout_ms;
	struct str method;
	const struct tmpl *url;
	struct pairs query;
	struct header *headers;
	size_t n_headers;
	struct auth auth;
	struct body body;
	struct reply reply;
	struct handover handover;
	const struct tmpl **templates; /* every one of the above */
	size_t n_templates;
};

/* What the parts of a step are compiled with. */
struct compiler {
	struct arena *arena;
	const struct step_env *env;
	struct tmpl_env tmpl;
	struct faults *faults;
	const struct tmpl **templates;
	size_t n_templates, cap_templates;
};

/* A text (or a number or boolean, as its text) as a template; NULL stays NULL. */
int step_text(struct compiler *c, enum tmpl_kind kind, const struct value *v, const struct path *at, const struct tmpl **out);
int step_tree(struct compiler *c, const struct value *tree, const struct path *at, const struct tmpl **out);

/* forms: values may be {"$json": ...} and {"$xml": ...} too. */
int pairs_compile(struct compiler *c, const struct value *doc, const struct path *at, struct pairs *out);
int body_compile(struct compiler *c, const struct value *doc, const struct path *at, struct body *out);
int auth_compile(struct compiler *c, const struct value *doc, const struct path *at, struct auth *out);
/* Whether a header is one that this way of authentication sets. */
bool auth_sets(const struct auth *auth, struct str header);
int headers_compile(struct compiler *c, const struct value *doc, const struct auth *auth, const struct path *at, struct step *out);
/* Whether the document is that of a letter or of a line: then it has none of the members of a call. */
bool handover_asked(const struct value *doc);
int handover_compile(struct compiler *c, const struct value *doc, const struct path *at, struct step *out);
/* A token of RFC 9110 that is not the transport's own (Content-Length and the like). */
bool header_name_ok(struct str name);

/* What the parts of a call are rendered with. */
struct renderer {
	struct arena *arena;
	const struct tmpl_scope *scope;
	struct err *e;
	struct http_headers *headers; /* grows */
	size_t cap_headers;
};

/* One template's text; `member` and `name` say where, should it be refused. */
enum tmpl_result render_text(const struct renderer *r, const struct tmpl *t, size_t limit, const char *member, struct str name,
    struct str *out);
/* For a refusal found here: sets the error and gives TMPL_REFUSED. */
enum tmpl_result render_refuse(const struct renderer *r, const char *member, struct str name, const char *why);
void header_add(struct renderer *r, struct str name, struct str value);

/* Adds name=value&name=value to b, with `before` in front of the first. in_url: percent-encoded, and CR, LF and NUL are refused;
 * else as a form encodes. */
enum tmpl_result pairs_render(const struct renderer *r, const struct pairs *p, const char *member, bool in_url, const char *before,
    struct buf *b);
enum tmpl_result body_render(struct renderer *r, const struct body *body, struct str *out);
/* The Content-Type (and SOAPAction) of a body, where the step's own headers do not name one. */
enum tmpl_result body_headers(struct renderer *r, const struct body *body);
enum tmpl_result auth_render(struct renderer *r, const struct step *s, struct str body);
enum tmpl_result handover_render(struct renderer *r, const struct handover *h, struct http_call *out);

#endif
