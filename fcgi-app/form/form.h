/*
 * form: the pages of a form and what is sent from them. Between the files of fcgi-app/form; the endpoints are in handlers.h.
 *
 * A form works without scripts: each step is a page, and what was typed travels in the page (visit.h). The lead goes through the
 * exchange as any seller's does, as the form's seller.
 */
#ifndef GAVEL_FORM_H
#define GAVEL_FORM_H

#include "fcgi-app/app.h"
#include "fcgi-app/form/inputs.h"

enum { FORM_LEAST_S = 3 /* nobody fills a form in faster */ };

/* One visitor's request. */
struct walk {
	struct app *app;
	struct req *q;
	const struct form_page *form;
	struct visit visit;
	struct inputs inputs;
	struct value raw;        /* the lead as typed */
	struct faults faults;    /* of the lead's fields, by pointer */
	const struct input *at[FAULTS_MAX]; /* where each of them shows; NULL: nowhere */
	/* Faults of what is no field. */
	bool no_consent, trapped;
	const char *notice;      /* a sentence over the page; NULL: none */
	struct str begin_at;     /* an input's name, or an entry's, that the page begins with; empty: the page's start */
};

/* The form of the route's first parameter; ERR_NOT_FOUND. */
int form_find(const struct req *q, const struct form_page **out, struct err *e);
/* ERR_FORBIDDEN while its seller or its campaign is not active. */
int form_open(const struct form_page *form, struct err *e);
/* Headers for browsers of other sites: exact origins only. ERR_FORBIDDEN when the request comes from a site that the form is not for. */
int form_origin(const struct req *q, struct resp *r, const struct form_page *form, struct err *e);
/* An Origin that is our own host's. */
bool form_is_own(const struct req *q, struct str origin);
bool form_allows(const struct form_page *form, struct str origin);
/* Another page for an address: ERR_TOO_MANY when it has had many. */
int form_rate(struct app *app, const struct req *q, struct resp *r, struct err *e);
/*
 * Another lead from an address: ERR_TOO_MANY when it has sent many, or so many of its leads are being sold right now. form_leave, with the
 * place in *out, when this one's end is known.
 */
int form_enter(struct app *app, const struct req *q, struct resp *r, _Atomic int **out, struct err *e);
void form_leave(_Atomic int *place);
/* Our own address, without a slash at its end. */
struct str form_base(const struct app *app, const struct req *q);
/* Hex SHA-256 of the consent text: its version. */
struct str form_consent_version(struct arena *a, const struct form_page *form);

/* Fills inputs, raw, faults and where they show from the visit: the whole lead, checked as a post's. */
void walk_check(struct walk *w);
/* The first step of those up to `last` that has a fault, or SIZE_MAX. */
size_t walk_faulty(const struct walk *w, size_t last);
/* A field that a lead must have and the form does not ask for: the form can't be sent, whatever is typed. */
bool walk_is_hopeless(const struct walk *w);
/* Whether a step asks for anything, as things stand. */
bool walk_has_inputs(const struct walk *w, size_t step);
/* Shows the visit's step. status is 200, or 422 when faults are to be shown. */
int walk_show(struct walk *w, struct resp *r, int status, struct err *e);

/* What goes to the exchange, from a page or from a site's own script. */
struct form_order {
	struct value lead;
	bool lenient;
	struct value source, consent, event;   /* as given: checked here, member by member */
	struct str once;                       /* the same text is the same lead; empty: each is another */
	uint8_t fingerprint[SHA256_SIZE];      /* of what was sent: another one under the same text is refused */
};
struct form_sold {
	struct lead_view *lead;
	bool again;    /* it was sold before, under the same text */
};
/*
 * Sells the lead, or finds what became of it the first time. Errors: ERR_INVALID with the request's faults or with the code idempotency_key
 * (another request came under that text), ERR_CONFLICT (it is still being sold), ERR_TOO_MANY (its address has to wait).
 */
int form_sale_run(struct app *app, const struct req *q, struct resp *r, const struct form_page *form, const struct form_order *order,
    struct form_sold *out, struct err *e);
/* The consent that was given by this request, as evidence: the form's text and its version, when, from where, with what. */
struct value form_sale_consent(const struct app *app, const struct req *q, const struct form_page *form);
/* How the visit was: since when, from where, with what. */
struct value form_sale_event(const struct app *app, const struct req *q, const struct form_page *form, const struct visit *v);
/* Whether somebody took it, or may have. */
bool form_sale_found(const struct lead_view *v);
/* Where the buyer wants the consumer, else where the form does; http or https. n 0: to our own thanks. */
struct str form_sale_next(const struct form_page *form, const struct lead_view *v);

/* POST /v1/forms/{form} from a page, and from a script. */
int form_send_page(struct app *app, struct req *q, struct resp *r, const struct form_page *form, struct err *e);
int form_send_json(struct app *app, struct req *q, struct resp *r, const struct form_page *form, struct err *e);
/* The form as JSON, for a site that draws it itself. */
int form_describe(struct walk *w, struct resp *r, struct err *e);

#endif
