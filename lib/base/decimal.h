/*
 * decimal: a number as it is spelled, taken apart but not yet turned into anything, so that money and whole numbers come out exact
 * whatever the spelling: "12.50", "1250e-2". It borrows the text.
 */
#ifndef GAVEL_BASE_DECIMAL_H
#define GAVEL_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

struct decimal {
	bool negative;
	struct str whole, fraction; /* digits before and behind the point; never both empty */
	int64_t exponent;
};

/* JSON's grammar, exponent and all. */
bool decimal_parse_json(struct str s, struct decimal *out);
/* Optional '-', digits, and perhaps a point with digits behind it; leading zeros are taken, exponents are not. */
bool decimal_parse_plain(struct str s, struct decimal *out);
/*
 * The number times scale (above 0), towards zero; *cut_out (may be NULL) says whether anything behind the point was dropped. False
 * when it does not fit. Exact, however many digits there are.
 */
bool decimal_scaled(const struct decimal *d, int64_t scale, bool *cut_out, int64_t *out);

#endif
