/*
 * money: amounts as whole ten-thousandths in an int64, never a real. 12.50 is 125000. Currency stands beside an amount, not in it.
 * The largest amount is 9,999,999,999.9999 (DECIMAL(14,4)); what does not fit is refused, not cut. Balances and sums of amounts may be larger:
 * 99,999,999,999,999.9999 (DECIMAL(18,4)).
 */
#ifndef GAVEL_BASE_MONEY_H
#define GAVEL_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

struct arena;
struct buf;

#define MONEY_SCALE INT64_C(10000)
#define MONEY_MAX INT64_C(99999999999999)
#define MONEY_SUM_MAX INT64_C(999999999999999999)

/* "12", "12.5", "12.5000", "-3.25": digits, one point, at most four decimals. False for anything else and for what does not fit. */
bool money_parse(struct str s, int64_t *out);
/* The same for what amounts add up to: all that an int64 holds. */
bool money_parse_sum(struct str s, int64_t *out);
/*
 * A buyer's price: an optional currency sign or three-letter code before or after, commas as thousands separators only, decimals
 * past four cut, exponents refused (a JSON number's are not: 1e1 is 10). scale, in ten-thousandths of 1 (MONEY_SCALE = as it is;
 * 0.01 = 100), is applied exactly, then cut at four decimals. False when it is no price.
 */
bool money_parse_price(struct str s, bool json_number, int64_t scale, int64_t *out);
/* Two decimals, up to four where they are not zero: "12.50", "0.1234", "-3.00". */
struct str money_text(struct arena *a, int64_t amount);
int money_add(struct buf *b, int64_t amount);
/* amount x percent (in ten-thousandths of a percent: "80" is 800000), half to even at four decimals; exact in 128 bits. */
int64_t money_percent(int64_t amount, int64_t percent);

#endif
