/*
 * id: UUIDv7 (RFC 9562), 16 bytes that sort by time, shown as a three-letter prefix and 26 Crockford base32 characters:
 * png_01JD... The day of a row is read from its id, so partitions are found without a second key.
 */
#ifndef GAVEL_BASE_ID_H
#define GAVEL_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

struct arena;

struct id {
	uint8_t b[16];
};

enum { ID_TEXT = 26, ID_PREFIXED = 4 + ID_TEXT };

/*
 * A new id at this wall time; unique over processes by 74 random bits. Within a thread ids go up, also when time steps back by less
 * than a second; an older time than that is taken as told, since the id says it.
 */
struct id id_new(int64_t wall_us);
/* Milliseconds since 1970 that the id says it was made at. */
int64_t id_ms(struct id id);
/* The smallest id of a millisecond: where a time begins among rows that stand in the order of their ids. */
struct id id_first(int64_t ms);
bool id_eq(struct id a, struct id b);
bool id_is_zero(struct id id);
/* prefix is three letters ("png"): "png_" + 26 upper-case characters. */
struct str id_text(struct arena *a, const char *prefix, struct id id);
void id_print(char out[ID_PREFIXED + 1], const char *prefix, struct id id);
/* Strict: the prefix must be this one; lower-case letters are taken; I, L, O and U are not. */
bool id_parse(const char *prefix, struct str text, struct id *out);

#endif
