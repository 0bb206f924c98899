/*
 * letter: a letter as the bytes of a message (RFC 5322, MIME): plain text in UTF-8, quoted-printable, so that no server on its way has
 * a reason to change it.
 */
#ifndef GAVEL_NET_LETTER_H
#define GAVEL_NET_LETTER_H

#include "lib/base/buf.h"
#include "lib/base/http.h"

/* The address of "Leads <leads@example.com>", or of an address alone; false when there is none. */
bool letter_address(struct str from, struct str *address_out);
/* from is such a text. What does not fit into b marks it. */
void letter_write(struct buf *b, const struct letter *letter, struct str from, int64_t wall_us);

#endif
