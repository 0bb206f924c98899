/*
 * view: what a lead looks like to its seller, from what a post has in memory or from the rows. Both fill the same struct.
 */
#include "lib/base/clock.h"
#include "lib/exchange/selling.h"
#include "lib/exchange/view.h"
#include "lib/store/outbox.h"

static bool is_live(const struct sold *x)
{
	return x->row.state != SALE_REJECTED;
}

static bool earns(const struct sold *x)
{
	return x->row.state == SALE_ACCEPTED || x->row.state == SALE_CONVERTED;
}

/* Live sales first, then in the order they were tried; and the payout. */
static void fill_sales(struct arena *a, const struct sold *list, size_t n, struct lead_view *out)
{
	out->sales = arena_array_of(a, n, struct sold);
	for (int live = 1; live >= 0; live--)
		for (size_t i = 0; i < n; i++)
			if (is_live(&list[i]) == (live == 1))
				out->sales[out->n_sales++] = list[i];
	for (size_t i = 0; i < n; i++)
		if (earns(&list[i]))
			out->payout += list[i].row.price;
}

/* What a seller is told: why others did not buy, never what they would have paid. */
static void fill_reasons(struct arena *a, const struct decision *list, size_t n, enum reason rejected, struct lead_view *out)
{
	struct decision *told = arena_array_of(a, n + 1, struct decision);
	size_t n_told = 0;

	if (rejected != REASON_NONE)
		told[n_told++].code = rejected;
	for (size_t i = 0; rejected == REASON_NONE && i < n; i++)
		if (list[i].code != REASON_OFFERED && list[i].code != REASON_ACCEPTED)
			told[n_told++] = list[i];
	out->n_reasons = decision_count(a, told, n_told, &out->reasons);
}

void view_of_selling(const struct selling *s, struct lead_view *out)
{
	const struct ask *ask = &s->post->ask;

	*out = (struct lead_view){ .seller = ask->seller, .currency = str_of(s->campaign->currency) };
	out->lead = (struct lead_row){ .id = s->lead_id, .ping_id = s->ping.id, .seller_id = ask->seller->id,
		.campaign_id = ask->campaign->id, .sandbox = ask->sandbox, .state = s->state, .reason = (int)s->rejected, .score = s->score,
		.created_at = ask->wall_us, .updated_at = clock_wall_us() };
	fill_sales(s->arena, s->sales, s->n_sales, out);
	fill_reasons(s->arena, s->decisions, s->n_decisions, s->rejected, out);
}

static int load_decisions(struct db *db, struct arena *a, struct id ping_id, struct decision **out, size_t *n_out, struct err *e)
{
	struct ping_row ping;
	enum found found = ping_store_find(db, a, ping_id, &ping, e);

	*n_out = 0;
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : 0;
	return decision_unpack(a, ping.decisions, out, n_out, e);
}

/* What the post made of the codes, where a bid was passed over. */
static int overlay_codes(struct db *db, struct arena *a, struct id lead_id, struct decision *list, size_t n, struct err *e)
{
	struct str packed;
	struct decision *codes;
	size_t n_codes;

	if (lead_store_decisions(db, a, lead_id, &packed, e) == FOUND_ERR || decision_unpack(a, packed, &codes, &n_codes, e) != 0)
		return -1;
	for (size_t i = 0; i < n_codes; i++)
		for (size_t k = 0; k < n; k++)
			if (list[k].contract == codes[i].contract)
				list[k].code = codes[i].code;
	return 0;
}

static void overlay(struct decision *list, size_t n, const struct sale_row *sale)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].contract == sale->contract_id && exchange_sale_code(sale) != REASON_NONE)
			list[i].code = exchange_sale_code(sale);
}

/* Only the sales that there were then, in the states that they had. Returns how many. */
static size_t as_then(struct str then, struct sale_row *rows, size_t n)
{
	size_t kept = 0;
	struct id id;
	int state;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; outbox_sale_state(then, k, &id, &state); k++) {
			if (!id_eq(id, rows[i].id))
				continue;
			rows[kept] = rows[i];
			rows[kept++].state = (enum sale_state)state;
			break;
		}
	return kept;
}

static enum found load(const struct exchange *ex, struct arena *a, struct db *db, const struct snapshot *snap, const struct seller *seller,
    bool sandbox, struct id lead_id, struct str then, struct lead_view *out, struct err *e)
{
	const struct campaign *live, *camp;
	struct decision *decisions = NULL;
	struct sale_row *rows;
	struct sold *sold;
	size_t n, n_decisions;
	enum found found = lead_store_find(db, a, lead_id, &out->lead, e);

	if (found != FOUND_YES)
		return found;
	if (seller != NULL && (out->lead.seller_id != seller->id || out->lead.sandbox != sandbox))
		return FOUND_NO;
	if (sale_store_list(db, a, lead_id, &rows, &n, e) != 0 ||
	    load_decisions(db, a, out->lead.ping_id, &decisions, &n_decisions, e) != 0 ||
	    overlay_codes(db, a, lead_id, decisions, n_decisions, e) != 0)
		return FOUND_ERR;
	if (then.p != NULL)
		n = as_then(then, rows, n);
	live = catalog_campaign(snap->catalog, out->lead.campaign_id);
	camp = live != NULL && out->lead.sandbox ? sandbox_campaign(a, live, ex->sandbox_url) : live;
	out->seller = seller != NULL ? seller : catalog_seller(snap->catalog, out->lead.seller_id);
	out->currency = n > 0 ? arena_str(a, str_of(rows[0].currency)) : str_of(camp != NULL ? camp->currency : "USD");
	sold = arena_array_of(a, n, struct sold);
	for (size_t i = 0; i < n; i++) {
		sold[i] = (struct sold){ rows[i], camp != NULL ? campaign_contract(camp, rows[i].contract_id) : NULL };
		overlay(decisions, n_decisions, &rows[i]);
	}
	fill_sales(a, sold, n, out);
	fill_reasons(a, decisions, n_decisions, (enum reason)out->lead.reason, out);
	return FOUND_YES;
}

enum found exchange_view(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct seller *seller, bool sandbox,
    struct id lead_id, struct lead_view *out, struct err *e)
{
	struct db *db = NULL;
	enum found found;

	*out = (struct lead_view){ 0 };
	if (db_take(ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return FOUND_ERR;
	found = load(ex, a, db, snap, seller, sandbox, lead_id, (struct str){ 0 }, out, e);
	db_give(ex->pool, &db);
	return found;
}

enum found view_load(const struct exchange *ex, struct arena *a, struct db *db, const struct snapshot *snap, struct id lead_id, struct str then,
    struct lead_view *out, struct err *e)
{
	*out = (struct lead_view){ 0 };
	return load(ex, a, db, snap, NULL, false, lead_id, then, out, e);
}
