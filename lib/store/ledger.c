#include "lib/store/ledger.h"

/* LAST_INSERT_ID gives the account's number either way. An insert that turned into an update would use up a number each time. */
static const char sql_move[] = "UPDATE ledger_account SET balance = balance + ?, id = LAST_INSERT_ID(id)"
    " WHERE kind = ? AND owner_id = ? AND currency = ?";
/* Only as far as nothing that is held is taken. */
static const char sql_take[] = "UPDATE ledger_account SET balance = balance + ?, id = LAST_INSERT_ID(id)"
    " WHERE kind = ? AND owner_id = ? AND currency = ? AND balance - held + ? >= 0";
static const char sql_open[] = "INSERT INTO ledger_account (kind, owner_id, currency, balance) VALUES (?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), balance = balance + VALUES(balance)";
static const char sql_entry[] =
    "INSERT INTO ledger_entry (attempt_id, account_id, event, amount, currency, created_at) VALUES (?, ?, ?, ?, ?, ?)";
static const char sql_accounts[] = "SELECT owner_id, currency, balance, held FROM ledger_account"
    " WHERE kind = 'buyer' AND (? = 0 OR owner_id = ?) ORDER BY owner_id, currency";

static const char *const event_names[] = { [LEDGER_SALE] = "sale", [LEDGER_RETURN] = "return", [LEDGER_DEPOSIT] = "deposit" };

/* What the entries of one event have in common. */
struct posting {
	struct id attempt_id;
	enum ledger_event event;
	struct str currency;
	int64_t now;
};

static int too_large(struct str kind, struct str currency, struct err *e)
{
	return err_set(e, ERR_DB, "the balance of a %.*s account in %.*s would be beyond 99,999,999,999,999.9999", STR_ARG(kind), STR_ARG(currency));
}

/* The account's balance is changed, and its number is db_last_id then. */
static int move(struct db *db, struct str kind, uint32_t owner, struct str currency, int64_t amount, struct err *e)
{
	struct err mine = { 0 };
	uint64_t changed = 0;
	int r = db_exec(db, sql_move, DB_ARGS(DB_M(amount), DB_S(kind), DB_I(owner), DB_S(currency)), &changed, &mine);

	if (r == 0 && changed == 0)
		r = db_exec(db, sql_open, DB_ARGS(DB_S(kind), DB_I(owner), DB_S(currency), DB_M(amount)), NULL, &mine);
	if (r != 0 && mine.code != NULL && strcmp(mine.code, "db_range") == 0)
		return too_large(kind, currency, e);
	if (r != 0 && e != NULL)
		*e = mine;
	return r;
}

static int entry(struct db *db, const struct posting *p, int64_t amount, struct err *e)
{
	return db_exec(db, sql_entry,
	    DB_ARGS(DB_ID(p->attempt_id), DB_I(db_last_id(db)), DB_S(str_of(event_names[p->event])), DB_M(amount), DB_S(p->currency), DB_T(p->now)),
	    NULL, e);
}

static int line(struct db *db, const struct posting *p, enum ledger_account account, uint32_t owner, int64_t amount, struct err *e)
{
	return move(db, str_of(ledger_account_name(account)), owner, p->currency, amount, e) == 0 ? entry(db, p, amount, e) : -1;
}

int ledger_store_write(struct db *db, const struct ledger_sale *s, enum ledger_event event, struct err *e)
{
	struct posting p = { s->attempt_id, event, str_of(s->currency), s->now };
	struct ledger_line lines[LEDGER_LINES];
	size_t n = event == LEDGER_SALE ? ledger_sale(s->cost, s->price, lines) : ledger_return(s->cost, s->price, lines);

	/* In the order of the lines, so that two sales take the accounts' rows in the same order. */
	for (size_t i = 0; i < n; i++) {
		uint32_t owner = lines[i].account == LEDGER_BUYER ? s->buyer_id : lines[i].account == LEDGER_SELLER ? s->seller_id : 0;

		if (line(db, &p, lines[i].account, owner, lines[i].amount, e) != 0)
			return -1;
	}
	return 0;
}

enum found ledger_store_deposit(struct db *db, const struct ledger_deposit *d, struct err *e)
{
	struct posting p = { d->id, LEDGER_DEPOSIT, str_of(d->currency), d->now };
	struct ledger_line lines[LEDGER_LINES];
	uint64_t changed;

	ledger_deposit(d->amount, lines);
	if (d->amount < 0) {
		if (db_exec(db, sql_take,
			DB_ARGS(DB_M(d->amount), DB_S(STR("buyer")), DB_I(d->buyer_id), DB_S(p.currency), DB_M(d->amount)), &changed, e) != 0)
			return FOUND_ERR;
		if (changed == 0)
			return FOUND_NO;
	} else if (move(db, STR("buyer"), d->buyer_id, p.currency, d->amount, e) != 0) {
		return FOUND_ERR;
	}
	if (entry(db, &p, lines[0].amount, e) != 0 || line(db, &p, lines[1].account, 0, lines[1].amount, e) != 0)
		return FOUND_ERR;
	return FOUND_YES;
}

int ledger_store_accounts(struct db *db, struct arena *a, uint32_t buyer_id, struct ledger_funds **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_accounts, DB_ARGS(DB_I(buyer_id), DB_I(buyer_id)), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct ledger_funds);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct ledger_funds){ .buyer_id = (uint32_t)c[0].i, .balance = c[2].i, .held = c[3].i };
		if (c[1].s.n == 3)
			memcpy((*out)[i].currency, c[1].s.p, 3);
	}
	return 0;
}
