/*
 * intake: the body of a ping, a post or a lead, decoded: JSON, a form with dotted names, or XML. Every fault of its members at once.
 */
#ifndef GAVEL_API_INTAKE_H
#define GAVEL_API_INTAKE_H

#include "fcgi-app/app.h"

enum intake_kind { INTAKE_PING, INTAKE_POST, INTAKE_LEAD };

/*
 * Fills post from the request (a ping uses its ask alone). ERR_MALFORMED, ERR_MEDIA, or ERR_INVALID with the faults of everything but
 * the lead's own fields, which the exchange checks; faults found here are in f, and then nothing is asked.
 */
int intake_read(const struct req *q, enum intake_kind kind, struct post *out, struct faults *f, struct err *e);
/* The lead's own faults beside those of the members, where the campaign is known: one answer has them all. */
void intake_check_lead(struct arena *a, enum intake_kind kind, const struct post *post, struct faults *f);

#endif
