#include <stdio.h>

#include "lib/base/shm.h"
#include "lib/exchange/steps.h"

enum { NAME_MAX_BYTES = 112 };

static void count(struct shm *shm, const char *name, bool sandbox, const char *status, uint64_t by)
{
	char text[NAME_MAX_BYTES];

	if (by == 0 || shm == NULL)
		return;
	if (status != NULL)
		snprintf(text, sizeof(text), "%s{mode=\"%s\",status=\"%s\"}", name, sandbox ? "sandbox" : "live", status);
	else
		snprintf(text, sizeof(text), "%s{mode=\"%s\"}", name, sandbox ? "sandbox" : "live");
	shm_count(shm, text, by);
}

void count_auction(const struct auction *au)
{
	static const char *const names[] = { [PING_MATCHED] = "matched", [PING_UNMATCHED] = "unmatched", [PING_REJECTED] = "rejected" };
	struct shm *shm = au->ex->shm;
	bool sandbox = au->ask->sandbox;
	uint64_t bids = 0, timeouts = 0;

	count(shm, "gavel_pings_total", sandbox, names[au->status], 1);
	for (size_t i = 0; au->status != PING_REJECTED && i < au->campaign->n_contracts; i++) {
		bids += au->decisions[i].cost >= 0;
		timeouts += au->decisions[i].code == REASON_TIMEOUT;
	}
	count(shm, "gavel_bids_total", sandbox, NULL, bids);
	count(shm, "gavel_bid_timeouts_total", sandbox, NULL, timeouts);
}

void count_post(const struct exchange *ex, const struct lead_view *v)
{
	static const char *const names[] = { [LEAD_POSTING] = "pending", [LEAD_SOLD] = "sold", [LEAD_UNSOLD] = "unsold", [LEAD_PENDING] = "pending",
		[LEAD_REJECTED] = "rejected" };

	count(ex->shm, "gavel_posts_total", v->lead.sandbox, names[v->lead.state], 1);
	for (size_t i = 0; i < v->n_sales; i++)
		count(ex->shm, "gavel_sales_total", v->lead.sandbox, sale_state_name(v->sales[i].row.state), 1);
}
