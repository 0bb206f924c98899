/*
 * encode: hex and base64 into the caller's memory, for secrets that must not linger in an arena. Private to lib/crypt.
 */
#ifndef GAVEL_CRYPT_ENCODE_H
#define GAVEL_CRYPT_ENCODE_H

#include "lib/base/str.h"

/* Room for n bytes as base64, and for the bytes of n characters of it. */
#define ENCODE_BASE64(n) (((n) + 2) / 3 * 4)
#define ENCODE_BYTES(n) ((n) / 4 * 3)

size_t encode_base64(struct str bytes, char *out);
bool encode_unbase64(struct str text, char *out, size_t *n_out);
/* text.n / 2 bytes. */
bool encode_unhex(struct str text, char *out);

#endif
