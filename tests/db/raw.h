/*
 * raw: rows as the exchange leaves them, for the cases of roll-ups and reports: one seller, two campaigns, two buyers of one contract each,
 * three channels.
 */
#ifndef GAVEL_TEST_DB_RAW_H
#define GAVEL_TEST_DB_RAW_H

#include "lib/lead/reason.h"
#include "lib/store/rollup.h"
#include "tests/db/cases.h"

#define SECOND INT64_C(1000000)
#define QUARTER (900 * SECOND)
#define HOUR (4 * QUARTER)
#define DAY (24 * HOUR)
/* 2026-11-20 12:00 UTC, a Friday. */
#define NOON (INT64_C(1795176000) * SECOND)

enum { SELLER = 1, CAMPAIGN = 1, EURO = 2, CPC = 1, CPL = 2, SHARE = 3, ARENA_MAX = 64 << 20 };

/* A column's sum at the finest grain and span, over all contracts together. */
#define ALL(column) "SELECT COALESCE(SUM(" column "), 0) FROM stat_quarter WHERE grain = 1 AND span = 1 AND contract_id = 0"
#define OF_C1(column) "SELECT COALESCE(SUM(" column "), 0) FROM stat_quarter WHERE grain = 1 AND span = 1 AND contract_id = 1"

/* A connection to a database with nothing in it but what is configured. */
struct db *raw_fresh(void);
/* c1 offered at 10.00 after 40 ms, c2 without a bid after 90 ms. */
void raw_ping(struct db *db, int64_t at, uint32_t campaign, bool sandbox);
struct id raw_lead(struct db *db, int64_t at, enum lead_state state, int reason, struct id click, bool sandbox);
/* Costs 10.00, of which the seller gets 8.00. */
struct id raw_sale(struct db *db, struct id lead, int64_t at, int contract, enum sale_state state, int reason);
struct id raw_click(struct db *db, int64_t at, int channel);
/* Counts all there is, as gavel-jobs would at that time. */
void raw_count(struct db *db, int64_t now);
/* Every grain and span tells the same, of all together and contract by contract. */
void raw_check_layers(struct db *db);

#endif
