/*
 * exchange: what commands need that read the exchange's records.
 */
#ifndef GAVEL_CTL_EXCHANGE_H
#define GAVEL_CTL_EXCHANGE_H

#include "fcgi-app/ctl/ctl.h"
#include "lib/exchange/exchange.h"

/* Connections, keys and the configuration in force; nothing that calls out. */
struct ctl_exchange {
	struct exchange exchange;
	struct snapshot *snapshot;
	struct keyring keys;
	struct db_pool *pool;
};
/* Prints why and returns -1 when there is no database, no key or no configuration; otherwise to be closed. */
int ctl_exchange_open(struct ctl *c, struct ctl_exchange *out);
void ctl_exchange_close(struct ctl_exchange *x);

#endif
