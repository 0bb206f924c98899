#include "lib/lead/ledger.h"

static const char *const account_names[LEDGER__N] = { "buyer", "seller", "margin", "cash" };

size_t ledger_sale(int64_t cost, int64_t price, struct ledger_line out[LEDGER_LINES])
{
	out[0] = (struct ledger_line){ LEDGER_BUYER, -cost };
	out[1] = (struct ledger_line){ LEDGER_SELLER, price };
	out[2] = (struct ledger_line){ LEDGER_MARGIN, cost - price };
	return 3;
}

size_t ledger_return(int64_t cost, int64_t price, struct ledger_line out[LEDGER_LINES])
{
	return ledger_sale(-cost, -price, out);
}

size_t ledger_deposit(int64_t amount, struct ledger_line out[LEDGER_LINES])
{
	out[0] = (struct ledger_line){ LEDGER_BUYER, amount };
	out[1] = (struct ledger_line){ LEDGER_CASH, -amount };
	return 2;
}

const char *ledger_account_name(enum ledger_account a)
{
	return (unsigned)a < LEDGER__N ? account_names[a] : "unknown";
}
