/*
 * ledger: what a sale moves between accounts, as lines that add up to zero. Writing them is the store's.
 *
 * An account's balance is the sum of its lines: a buyer's is what is left of its funds (below zero: what it owes), a seller's what
 * is due to it, the margin what the platform keeps, cash the money that came in from outside, negative.
 */
#ifndef GAVEL_LEAD_LEDGER_H
#define GAVEL_LEAD_LEDGER_H

#include <stddef.h>
#include <stdint.h>

enum ledger_account { LEDGER_BUYER, LEDGER_SELLER, LEDGER_MARGIN, LEDGER_CASH, LEDGER__N };

struct ledger_line {
	enum ledger_account account;
	int64_t amount;   /* ten-thousandths */
};

enum { LEDGER_LINES = 3 };

/* The buyer pays cost, the seller gets price, the platform keeps the difference. Returns how many lines there are. */
size_t ledger_sale(int64_t cost, int64_t price, struct ledger_line out[LEDGER_LINES]);
/* The same sale taken back: a return that was approved. */
size_t ledger_return(int64_t cost, int64_t price, struct ledger_line out[LEDGER_LINES]);
/* Funds that a buyer paid in (below zero: out). */
size_t ledger_deposit(int64_t amount, struct ledger_line out[LEDGER_LINES]);
/* "buyer", "seller", "margin", "cash" */
const char *ledger_account_name(enum ledger_account a);

#endif
