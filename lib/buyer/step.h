/*
 * step: one delivery step (ping, post, check, loss notice) of a contract: two pure functions, render and parse. No sockets, no SQL,
 * no clock: `gavelctl delivery` runs them offline, workers run the same code.
 */
#ifndef GAVEL_BUYER_STEP_H
#define GAVEL_BUYER_STEP_H

#include "lib/base/http.h"
#include "lib/base/map.h"
#include "lib/lead/reason.h"
#include "lib/lead/vertical.h"
#include "lib/tmpl/tmpl.h"

struct step;

struct step_env {
	const struct vertical *vertical;
	enum step_kind kind;          /* STEP_PING: only fields whose ping is not `no` may be named */
	const struct map *lookups;    /* as tmpl_env */
	const struct map *lists;      /* as condition_env */
	bool price_by_bid;            /* the contract's price type is bid: a ping reply needs `price` */
	int default_timeout_ms;       /* the campaign's */
	bool notice;                  /* a loss notice or other call whose reply decides nothing: no rules needed */
	bool check;                   /* asks for a verdict: a reply that no rule knows says nothing (`otherwise` is error) */
	bool direct;                  /* the post of a fixed price without a ping: may be a letter or a line of a file */
	const struct value *captures; /* post: the names captured by the ping step (list of texts), or NULL */
};

/* Compiles a step's document. Every fault is added; warnings (a post without a rule for rejected) go to w, which may be NULL. */
int step_compile(struct arena *a, const struct value *doc, const struct step_env *env, const struct path *at, struct faults *f,
    struct faults *w, const struct step **out);

/* The names that the step's reply captures (list of texts), for the post step's env. */
struct value step_captures(struct arena *a, const struct value *doc);

enum step_render { STEP_RENDERED, STEP_REFUSED, STEP_RENDER_FAILED };

/* Fills a call: URL, headers (Content-Type, auth and signature too), body, time-out, `once` for posts. STEP_REFUSED: a value may not go
 * where it stands (no_bid or not_sent); e says which member. A step by e-mail or file fills letter or drop. */
enum step_render step_render(struct arena *a, const struct step *s, const struct tmpl_scope *scope, struct http_call *out, struct err *e);

enum outcome {
	OUTCOME_BID, OUTCOME_NO_BID,                                      /* a ping's */
	OUTCOME_ACCEPTED, OUTCOME_REJECTED, OUTCOME_PENDING, OUTCOME_RE_PING, /* a post's */
	OUTCOME_ERROR, OUTCOME_TIMEOUT, OUTCOME_UNKNOWN, OUTCOME_NOT_SENT, OUTCOME__N
};

/* What a reply means. Texts are in the arena; p = NULL where absent. */
struct verdict {
	enum outcome outcome;
	bool has_price;
	int64_t price;             /* what the buyer pays, ten-thousandths */
	struct str ref;
	struct str reason_text;    /* the buyer's own words */
	enum reason reason;        /* REASON_NONE where there is none to give (bid, accepted) */
	struct str redirect_url;
	int64_t expires_in_s;      /* -1: not said */
	struct value captures;     /* object of texts */
};

/* Never fails: what can't be read is OUTCOME_ERROR with its reason. HTTP_NOT_SENT gives OUTCOME_NOT_SENT on a post. Of a letter and a
 * line of a file there is nothing to read: handing it over is the sale. */
void step_parse(struct arena *a, const struct step *s, const struct http_reply *reply, struct verdict *out);

const char *outcome_name(enum outcome o);
int step_timeout_ms(const struct step *s);
/* The lead's fields that the step names: dotted, without "lead." and without numbers of entries; the text lasts as long as the call. */
void step_each_path(const struct step *s, void (*fn)(void *ctx, struct str path), void *ctx);
/* Whether a hole of it names that path ("test"). */
bool step_names(const struct step *s, struct str path);
/* Whether the step itself says what this header holds. A header whose name has holes is only seen in what is rendered. */
bool step_sets(const struct step *s, struct str header);
/* Whether its reply may name a page to send the consumer to. */
bool step_redirects(const struct step *s);

#endif
