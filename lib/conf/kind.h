/*
 * kind: what a setting's text may be. Checks say what would be right, for the operator who reads the fault.
 */
#ifndef GAVEL_CONF_KIND_H
#define GAVEL_CONF_KIND_H

#include <stdint.h>

#include "lib/base/str.h"

enum kind {
	KIND_TEXT,      /* printable, one line */
	KIND_SECRET,    /* the same; may come from a file of its own */
	KIND_URL,       /* http or https and a host; slashes at its end are dropped */
	KIND_MAILBOXES, /* addresses of people, with spaces or commas between: ops@example.com */
	KIND_NETWORKS,  /* addresses and networks with spaces or commas between: 10.0.0.0/8 ::1 */
	KIND_LEVEL,     /* debug, info, warn, error */
	KIND_NUMBER,
	KIND__N
};

/* NULL when the text is right (*text may have been shortened), else why it is not. Numbers are kind_number's. */
const char *kind_check(enum kind kind, struct str *text);
/* A whole number from min to max. */
bool kind_number(struct str text, int min, int max, int *out);

#endif
