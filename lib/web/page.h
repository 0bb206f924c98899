/*
 * page: our HTML. Templates are read from the templates folder once, when a program starts, and each page is compiled within its layout;
 * lib/tmpl escapes by where a hole stands. Nothing of a template is ever in a document root.
 *
 * A page's file may say, besides lib/tmpl's own grammar,
 *
 *	{{layout form/layout}}   on its first line: the file form/layout.html, with this page where that one says {{content}}
 *	{{include form/field}}   the text of form/field.html, here
 *
 * Values are built as an object grown member by member:
 *
 *	struct value root = page_object();
 *	page_set(a, &root, "title", value_text(STR("Leads")));
 *	page_send(app->pages, r, 200, "admin/leads", &root, &policy, e);
 */
#ifndef GAVEL_WEB_PAGE_H
#define GAVEL_WEB_PAGE_H

#include "lib/base/value.h"
#include "lib/web/web.h"

struct pages;

/*
 * Reads and compiles what `names` lists ("form/step" is DIR/form/step.html; NULL ends it) into a. ERR_CONFIG names the file and what is
 * wrong with it.
 */
int pages_load(struct arena *a, struct str dir, const char *const *names, struct pages **out, struct err *e);

/*
 * What a page's Content-Security-Policy allows: our own style sheets and images and our own addresses for its forms; scripts, and the
 * sites that may show it in a frame, only as said here. Scripts and styles inside the page are never allowed.
 */
struct page_policy {
	bool scripts;                 /* our own script files, and their calls to us */
	bool leads_off;               /* a form whose answer may send the visitor on to another site: browsers hold redirects to form-action too */
	const struct str *ancestors;  /* origins that may frame the page; none: nobody */
	size_t n_ancestors;
};

/* Fills the answer: the page, its type and its policy, not to be kept by caches. policy NULL: nothing beyond the above. */
int page_send(const struct pages *p, struct resp *r, int status, const char *name, const struct value *root, const struct page_policy *policy,
    struct err *e);
/* An error as a page, filled with status, title, detail and request_id; -1 when that page can't be made either. */
int page_problem(const struct pages *p, struct resp *r, const struct req *q, const char *name, const struct err *e);
/* Whether whoever asks wants an error as a page rather than as a problem document. */
bool page_is_wanted(const struct req *q);

struct value page_object(void);
struct value page_list(void);
/* A member more, at the end; a member of that name is not looked for. */
void page_set(struct arena *a, struct value *object, const char *name, struct value v);
/* An entry more: an empty object. Good until the next one is added. */
struct value *page_add(struct arena *a, struct value *list);

#endif
