/*
 * sandbox: for a test key a campaign's contracts are replaced by two built-in ones, whose buyers are a pool of our own program, called
 * over real HTTP. Made anew for each request: sandbox traffic is light, and nothing of it can leak into the live catalog.
 */
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/exchange/postback.h"
#include "lib/exchange/selling.h"
#include "lib/exchange/work.h"
#include "lib/wire/json.h"

static const char steps[] =
    "{ \"ping\": { \"url\": \"%.*s/sandbox/buyers/%s/ping?price=%s&timeout_ms=%d\", \"body\": { \"json\": { %s\"lead_id\": \"{{lead_id}}\" } },"
    " \"reply\": { \"format\": \"json\", \"rules\": [ { \"when\": { \"path\": \"/status\", \"op\": \"eq\", \"value\": \"matched\" },"
    " \"outcome\": \"bid\" } ], \"price\": { \"path\": \"/price\" }, \"ref\": { \"path\": \"/bid_id\" }, \"reason\": { \"path\": \"/reason\" } } },"
    " \"post\": { \"url\": \"%.*s/sandbox/buyers/%s/post\", \"body\": { \"json\": { %s\"lead_id\": \"{{lead_id}}\", \"sale_id\": \"{{sale_id}}\","
    " \"bid_id\": \"{{ping.ref}}\" } }, \"reply\": { \"format\": \"json\", \"rules\": ["
    " { \"when\": { \"path\": \"/status\", \"op\": \"eq\", \"value\": \"accepted\" }, \"outcome\": \"accepted\" },"
    " { \"when\": { \"path\": \"/status\", \"op\": \"eq\", \"value\": \"rejected\" }, \"outcome\": \"rejected\" } ],"
    " \"ref\": { \"path\": \"/lead_id\" }, \"reason\": { \"path\": \"/reason\" }, \"reasons\": { \"duplicate\": \"rejected_duplicate\" } } } }";

struct stand_in {
	uint32_t id;
	const char *key, *name, *price;
};

static const struct stand_in stand_ins[] = {
	{ SANDBOX_CONTRACT_ONE, "sandbox-one", "Sandbox One", "12.50" },
	{ SANDBOX_CONTRACT_TWO, "sandbox-two", "Sandbox Two", "10.00" },
};

enum { N_STAND_INS = sizeof(stand_ins) / sizeof(stand_ins[0]), HOLD_S = 86400 };

/* Where the vertical keeps its ZIP: "zip", or "property.zip". */
static struct str zip_path(struct arena *a, const struct vertical *v)
{
	for (size_t i = 0; i < v->n_fields; i++) {
		const struct field *f = &v->fields[i];

		if (f->type == FIELD_ZIP && f->need[STEP_PING] != NEED_NO)
			return f->name;
		for (size_t k = 0; f->type == FIELD_OBJECT && k < f->n_fields; k++)
			if (f->fields[k].type == FIELD_ZIP && f->fields[k].need[STEP_PING] != NEED_NO)
				return arena_printf(a, "%.*s.%.*s", STR_ARG(f->name), STR_ARG(f->fields[k].name));
	}
	return STR("");
}

static int compile(struct arena *a, const struct stand_in *in, struct str base_url, const struct campaign *camp, struct contract *c)
{
	struct str zip = zip_path(a, camp->vertical), hole = STR(""), text;
	struct step_env env = { .vertical = camp->vertical, .kind = STEP_PING, .price_by_bid = true, .default_timeout_ms = camp->ping_timeout_ms };
	struct path at = path_member(PATH_ROOT, STR("sandbox"));
	struct faults *f = arena_new_of(a, struct faults);
	struct value doc;
	struct err e;

	if (zip.n > 0)
		hole = arena_printf(a, "\"zip\": \"{{lead.%.*s}}\", ", STR_ARG(zip));
	text = arena_printf(a, steps, STR_ARG(base_url), in->key, in->price, camp->ping_timeout_ms, hole.p, STR_ARG(base_url), in->key, hole.p);
	faults_init(f, a);
	if (json_parse(a, text, JSON_DEPTH_CONFIG, &doc, &e) != 0)
		return -1;
	if (step_compile(a, value_get(&doc, STR("ping")), &env, &at, f, NULL, &c->ping) != 0)
		return -1;
	env.kind = STEP_POST;
	env.default_timeout_ms = camp->post_timeout_ms;
	return step_compile(a, value_get(&doc, STR("post")), &env, &at, f, NULL, &c->post);
}

const struct campaign *sandbox_campaign(struct arena *a, const struct campaign *live, struct str base_url)
{
	struct campaign *camp = arena_new_of(a, struct campaign);
	struct contract *contracts = arena_array_of(a, N_STAND_INS, struct contract);
	struct buyer *buyers = arena_array_of(a, N_STAND_INS, struct buyer);
	const struct contract **list = arena_array_of(a, N_STAND_INS, const struct contract *);

	*camp = *live;
	camp->contracts = list;
	camp->n_contracts = 0;
	camp->status = STATUS_ACTIVE;
	for (size_t i = 0; i < N_STAND_INS; i++) {
		const struct stand_in *in = &stand_ins[i];

		buyers[i] = (struct buyer){ .id = in->id, .key = str_of(in->key), .name = str_of(in->name), .status = STATUS_ACTIVE,
			.contracts = &contracts[i], .n_contracts = 1 };
		contracts[i] = (struct contract){ .id = in->id, .key = str_of(in->key), .buyer = &buyers[i], .campaign = camp,
			.status = STATUS_ACTIVE, .sale = SALE_EXCLUSIVE, .tier = 1, .priority = 100, .weight = 100, .price_max = MONEY_MAX, .unknown_hold_s = HOLD_S };
		if (compile(a, in, base_url, live, &contracts[i]) != 0)
			log_error("the sandbox's contract does not compile", LOG_STR("campaign", live->key), LOG_END);
		else
			list[camp->n_contracts++] = &contracts[i];
	}
	return camp;
}

static enum found find_sale(const struct exchange *ex, struct arena *a, struct id id, struct sale_row *out, struct err *e)
{
	struct db *db = NULL;
	enum found found;

	if (db_take(ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return FOUND_ERR;
	found = sale_store_find(db, a, id, out, e);
	db_give(ex->pool, &db);
	return found;
}

static int end_work(const struct exchange *ex, const struct work_row *w, struct err *e)
{
	struct db *db = NULL;
	enum found found;

	if (db_take(ex->pool, clock_mono_us() + DB_WAIT_US, &db, e) != 0)
		return -1;
	found = work_done(db, w, e);
	db_give(ex->pool, &db);
	return found == FOUND_ERR ? -1 : 0;
}

int sandbox_reject_run(const struct exchange *ex, struct arena *a, const struct snapshot *snap, const struct work_row *w, struct err *e)
{
	struct buyer buyer = { .key = str_of(stand_ins[0].key) };
	struct verdict_in in = { .catalog = snap->catalog, .buyer = &buyer, .sale_id = w->id, .status = STR("rejected"), .reason = STR("played by the sandbox") };
	struct verdict_done done;
	struct sale_row sale;
	enum found found = find_sale(ex, a, w->id, &sale, e);

	if (found == FOUND_ERR)
		return -1;
	/* Whoever reaches the sandbox's buyers could name any sale: only its own are rejected. */
	if (found == FOUND_YES && sale.sandbox) {
		buyer.id = sale.buyer_id;
		if (exchange_postback(ex, a, &in, &done, e) != 0 && e->kind != ERR_CONFLICT)
			return -1;
	}
	return end_work(ex, w, e);
}
