/*
 * reply: the compiled `reply` of a step: which answer means what. Compiled here, applied by step_parse.
 */
#ifndef GAVEL_BUYER_REPLY_H
#define GAVEL_BUYER_REPLY_H

#include "lib/buyer/selector.h"
#include "lib/buyer/step.h"
#include "lib/lead/condition.h"

enum { RULES_MAX = 64, REASONS_MAX = 200, CAPTURES_MAX = 32, REPLY_MAX = 256 * 1024 };

struct rule {
	const struct condition *when;
	enum outcome outcome;
	bool tests_status;         /* may give a bid or a sale on a status of 400-499 */
};

/* The buyer's words, lower-case, with * for any run of characters, and our code for them. */
struct reason_words {
	struct str words;
	enum reason reason;
};

struct capture {
	struct str name;
	const struct selector *selector;
};

struct reply {
	enum format format;
	const struct selector *unwrap;
	struct rule *rules;
	size_t n_rules;
	enum outcome otherwise;
	const struct selector *price, *ref, *reason, *redirect_url, *expires_in_s, *each;
	int64_t scale;             /* of the price, in ten-thousandths */
	struct capture *captures;
	size_t n_captures;
	struct reason_words *reasons;
	size_t n_reasons;
};

/* doc may be NULL: then that is a fault, unless env->notice. at is the place of the `reply` itself. */
int reply_compile(struct arena *a, const struct value *doc, const struct step_env *env, const struct path *at, struct faults *f,
    struct faults *w, struct reply *out);
/* Whether a buyer's text is what the words say. text is lower-case. */
bool reason_words_fit(struct str words, struct str text);

#endif
