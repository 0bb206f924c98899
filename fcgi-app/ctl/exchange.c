#include "fcgi-app/ctl/exchange.h"

enum { POOL = 2 };

int ctl_exchange_open(struct ctl *c, struct ctl_exchange *out)
{
	struct db_options o;
	struct db *db = NULL;
	struct err e;
	int bad;

	*out = (struct ctl_exchange){ .snapshot = NULL };
	if (ctl_keys(c, &out->keys) != 0 || ctl_db(c, false, &db) != 0)
		return -1;
	bad = snapshot_load(db, &out->keys, &out->snapshot, &e);
	db_close(&db);
	o = ctl_db_options(&c->settings.admin_database);
	if (bad == 0)
		bad = db_pool_open(&o, POOL, &out->pool, &e);
	if (bad != 0) {
		ctl_refuse("%s", e.msg);
		ctl_exchange_close(out);
		return -1;
	}
	out->exchange = (struct exchange){ .pool = out->pool, .keys = &out->keys, .sandbox_url = c->settings.sandbox_url };
	return 0;
}

void ctl_exchange_close(struct ctl_exchange *x)
{
	if (x->pool != NULL)
		db_pool_close(&x->pool);
	snapshot_give(&x->snapshot);
	crypt_wipe(&x->keys, sizeof(x->keys));
}
