/*
 * selector: where in a reply a value stands: a path (JSON Pointer or XPath), a form's key, a pattern over the text, a header, or
 * the status. Compiled once, read by any thread.
 */
#ifndef GAVEL_BUYER_SELECTOR_H
#define GAVEL_BUYER_SELECTOR_H

#include "lib/base/fault.h"
#include "lib/buyer/document.h"

struct selector;

struct selector_env {
	enum format format;             /* what the reply is read as; under FORMAT_AUTO a path may be a pointer or an XPath */
	const struct value *namespaces; /* the reply's, for XPath; NULL: none */
};

/*
 * Compiles { "path" | "key" | "pattern" | "header" | "http_status" [, "namespaces"] }. also: further members that the caller reads
 * itself, ends with NULL; NULL: none. Every fault is added; -1 when there was one.
 */
int selector_compile(struct arena *a, const struct value *doc, const struct selector_env *env, const char *const *also,
    const struct path *at, struct faults *f, const struct selector **out);
/* An object of prefixes and their URIs. */
int selector_check_namespaces(const struct value *namespaces, const struct path *at, struct faults *f);
bool selector_is_status(const struct selector *s);
/* A path: the only kind that can be followed from an entry of a list, and that can name one. */
bool selector_is_path(const struct selector *s);

/* Where selectors look: the reply, its document, and the entry of a list that paths start from. */
struct place {
	const struct http_reply *reply;
	const struct document *document;
	const struct value *json;       /* an entry; NULL: the whole document */
	const struct xml_node *node;
};

/* The value there, texts trimmed; NULL when there is none or it is JSON null. */
const struct value *selector_fetch(struct arena *a, const struct selector *s, const struct place *in);
/* The same as a text: false when it is absent, or no scalar. number_out (may be NULL): it was a JSON number. */
bool selector_text(struct arena *a, const struct selector *s, const struct place *in, struct str *out, bool *number_out);
/* The places of the entries that a path names; none when it names no list. */
size_t selector_entries(struct arena *a, const struct selector *s, const struct place *in, struct place **out);

#endif
