#include "lib/store/ledger.h"

/* Accounts are made when first used; LAST_INSERT_ID gives the number either way. */
static const char sql_account[] =
    "INSERT INTO ledger_account (kind, owner_id, currency, balance) VALUES (?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), balance = balance + VALUES(balance)";
static const char sql_entry[] =
    "INSERT INTO ledger_entry (attempt_id, account_id, event, amount, currency, created_at) VALUES (?, ?, ?, ?, ?, ?)";

static const char *const event_names[] = { [LEDGER_SALE] = "sale", [LEDGER_RETURN] = "return" };

static int entry(struct db *db, const struct ledger_sale *s, enum ledger_event event, const char *kind, uint32_t owner, int64_t amount,
    struct err *e)
{
	struct str currency = str_of(s->currency);

	if (db_exec(db, sql_account, DB_ARGS(DB_S(str_of(kind)), DB_I(owner), DB_S(currency), DB_M(amount)), NULL, e) != 0)
		return -1;
	return db_exec(db, sql_entry,
	    DB_ARGS(DB_ID(s->attempt_id), DB_I(db_last_id(db)), DB_S(str_of(event_names[event])), DB_M(amount), DB_S(currency), DB_T(s->now)),
	    NULL, e);
}

int ledger_store_write(struct db *db, const struct ledger_sale *s, enum ledger_event event, struct err *e)
{
	int64_t sign = event == LEDGER_SALE ? 1 : -1;

	/* In the order of account kinds, so that two sales take the accounts' rows in the same order. */
	if (entry(db, s, event, "buyer", s->buyer_id, -sign * s->cost, e) != 0 ||
	    entry(db, s, event, "seller", s->seller_id, sign * s->price, e) != 0)
		return -1;
	return entry(db, s, event, "margin", 0, sign * (s->cost - s->price), e);
}
