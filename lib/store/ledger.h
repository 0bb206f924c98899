/*
 * store/ledger: append-only double entry. One attempt's entries of one event sum to zero; the unique key makes a second charge
 * impossible. Balances are kept beside the entries, changed in the same transaction.
 */
#ifndef GAVEL_STORE_LEDGER_H
#define GAVEL_STORE_LEDGER_H

#include "lib/db/db.h"

enum ledger_event { LEDGER_SALE, LEDGER_RETURN };

struct ledger_sale {
	struct id attempt_id;
	uint32_t buyer_id, seller_id;
	int64_t cost, price;   /* the buyer pays cost, the seller gets price, the margin is what is between */
	const char *currency;
	int64_t now;
};

/* LEDGER_SALE charges; LEDGER_RETURN gives all of it back. ERR_DB_DUPLICATE: it was written already. */
int ledger_store_write(struct db *db, const struct ledger_sale *s, enum ledger_event event, struct err *e);

#endif
