/*
 * csv: comma-separated values (RFC 4180) to values, and cells.
 */
#ifndef GAVEL_WIRE_CSV_H
#define GAVEL_WIRE_CSV_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/value.h"

enum { CSV_COLUMNS_MAX = 64 };

/*
 * The first line names the columns; each other one becomes an object of texts, in a list. Lines end in LF or CRLF; a byte-order mark
 * and empty lines are skipped. ERR_MALFORMED, with the line, for a row that is longer or shorter than the first, a quote that is not
 * closed or stands inside a plain field, bad UTF-8, a column without a name or named twice; ERR_TOO_LARGE past max_rows.
 */
int csv_to_value(struct arena *a, struct str text, size_t max_rows, struct value *out, struct err *e);

/* One cell, quoted where it has to be. What a spreadsheet would take for a formula gets an apostrophe in front, which it shows as text. */
void csv_cell(struct buf *b, struct str s);

#endif
