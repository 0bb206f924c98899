/*
 * url: which addresses a step may call, and which a reply may send a consumer to. Form only: whether an address may be reached
 * (private networks, plain http) is lib/net's business.
 */
#ifndef GAVEL_BUYER_URL_H
#define GAVEL_BUYER_URL_H

#include <stdbool.h>

#include "lib/base/str.h"

/* Absolute http or https with a host, and nothing in it that ends a header or confuses a browser: a redirect may go there. */
bool url_is_absolute(struct str url);
/* The same for a template: no user information, a host and port that are written out (holes stand after them), no "." or ".." in
 * the path. why_out says what is wrong. */
bool url_check_template(struct str url, const char **why_out);
/* True when a segment of the path, percent-encoded or not, is "." or "..": a hole's value must not climb. */
bool url_has_dots(struct str url);

#endif
