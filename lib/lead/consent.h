/*
 * consent: what a campaign requires, and whether a request has it.
 */
#ifndef GAVEL_LEAD_CONSENT_H
#define GAVEL_LEAD_CONSENT_H

#include <stdbool.h>

#include "lib/base/fault.h"
#include "lib/base/value.h"
#include "lib/lead/reason.h"

enum gpc { GPC_RECORD, GPC_BLOCK };

struct consent_rule {
	bool tcpa, trustedform, jornaya, text; /* consent.require */
	enum gpc gpc;
};

int consent_compile(const struct value *doc, const struct path *at, struct faults *f, struct consent_rule *out);
/*
 * REASON_NONE, CONSENT_MISSING or GPC_BLOCK. consent (normalised by intake_check) may be NULL. trustedform is met by the
 * certificate's URL, in a ping by the ping URL too; text is asked for in posts only.
 */
enum reason consent_screen(const struct consent_rule *rule, const struct value *consent, bool post);
/* True unless consent.buyers is given: then only those it names may receive the lead. */
bool consent_names_all(const struct value *consent);
/* False when consent.buyers is given and does not name this buyer. */
bool consent_names(const struct value *consent, struct str buyer_key);

#endif
