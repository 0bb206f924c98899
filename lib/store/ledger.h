/*
 * store/ledger: append-only double entry. One attempt's entries of one event sum to zero; the unique key makes a second charge
 * impossible. Balances are kept beside the entries, changed in the same transaction. What intents hold of a buyer's balance is
 * store/holding's.
 */
#ifndef GAVEL_STORE_LEDGER_H
#define GAVEL_STORE_LEDGER_H

#include "lib/db/db.h"
#include "lib/lead/ledger.h"

enum ledger_event { LEDGER_SALE, LEDGER_RETURN, LEDGER_DEPOSIT };

struct ledger_sale {
	struct id attempt_id;
	uint32_t buyer_id, seller_id;
	int64_t cost, price;   /* the buyer pays cost, the seller gets price, the margin is what is between */
	const char *currency;
	int64_t now;
};

/*
 * LEDGER_SALE charges; LEDGER_RETURN gives all of it back. ERR_DB_DUPLICATE: it was written already. ERR_DB, with words for an operator: a balance
 * would be beyond MONEY_SUM_MAX.
 */
int ledger_store_write(struct db *db, const struct ledger_sale *s, enum ledger_event event, struct err *e);

struct ledger_deposit {
	struct id id;          /* stands where a sale's entries have their attempt */
	uint32_t buyer_id;
	int64_t amount;        /* below zero: paid out */
	const char *currency;
	int64_t now;
};

/* FOUND_NO: paid out would be what sales under way hold, or more than there is; nothing is changed. Inside a transaction. */
enum found ledger_store_deposit(struct db *db, const struct ledger_deposit *d, struct err *e);

struct ledger_funds {
	uint32_t buyer_id;
	char currency[4];
	int64_t balance, held;
};

/* The buyer's accounts (0: all buyers'), a currency each. */
int ledger_store_accounts(struct db *db, struct arena *a, uint32_t buyer_id, struct ledger_funds **out, size_t *n_out, struct err *e);

#endif
