/*
 * /c/{channel}: a channel's link. The click is kept and the visitor sent on, to the landing page of the configuration and nowhere else.
 */
#include "fcgi-app/api/handlers.h"
#include "fcgi-app/api/track.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/web/limit.h"
#include "lib/web/page.h"

enum { WAIT_US = 1000000, CLICKS_A_SECOND = 20, CLICKS_AT_ONCE = 300 };

/* The landing page with the click's id in its query, before any fragment. */
static struct str landing(struct arena *a, struct str url, struct id click)
{
	const char *hash = memchr(url.p, '#', url.n);
	struct str page = { url.p, hash != NULL ? (size_t)(hash - url.p) : url.n };
	struct str rest = { url.p + page.n, url.n - page.n };
	char sign = memchr(page.p, '?', page.n) != NULL ? '&' : '?';

	return arena_printf(a, "%.*s%cclick_id=%.*s%.*s", STR_ARG(page), sign, STR_ARG(id_text(a, "clk", click)), STR_ARG(rest));
}

static int keep(struct app *app, const struct click *c, struct err *e)
{
	struct db *db = NULL;
	int r;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	r = click_store_insert(db, c, e);
	db_give(app->pool, &db);
	return r;
}

/* Clicks may cost money: beyond what people behind one address do, visitors still go on, but nothing is counted. */
static bool is_too_many(struct app *app, const struct req *q)
{
	struct limit_result result;

	limit_take(app->shm, arena_printf(q->arena, "click %.*s", STR_ARG(limit_address(q->arena, q->remote_addr))), CLICKS_A_SECOND,
	    CLICKS_AT_ONCE, clock_mono_us(), &result);
	return !result.allowed;
}

int api_click(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct channel *ch = map_get(q->caller->snapshot->catalog->by_channel, q->route_params[0]);
	struct click c = { .id = id_new(q->wall_us), .created_at = q->wall_us };
	struct form query;

	if (ch == NULL)
		return err_set(e, ERR_NOT_FOUND, "there is no such link");
	resp_set_header(r, "Cache-Control", STR("no-store"));
	/* Whoever only looks is no visitor; and a query that can't be read must not lose one. */
	if (str_is(q->method, "HEAD")) {
		resp_redirect(r, 302, ch->landing_url);
		return 0;
	}
	if (is_too_many(app, q)) {
		r->log_code = "rate_limited";
		resp_redirect(r, 302, ch->landing_url);
		return 0;
	}
	if (req_query(q, &query, e) != 0)
		query = (struct form){ 0 };
	c.channel_id = ch->id;
	c.campaign_id = ch->campaign->id;
	c.cost = ch->cost == COST_CPC ? ch->cost_amount : 0;
	memcpy(c.currency, ch->campaign->currency, sizeof(c.currency));
	track_read(q->arena, &query, &c);
	if (keep(app, &c, e) != 0) {
		log_err("a click is lost; its visitor goes on", e);
		r->log_code = "lost";
		resp_redirect(r, 302, ch->landing_url);
		return 0;
	}
	r->log_ref = id_text(q->arena, "clk", c.id);
	resp_redirect(r, 302, landing(q->arena, ch->landing_url, c.id));
	return 0;
}

bool api_show_error(struct app *app, struct req *q, struct resp *r, const struct err *e)
{
	bool visitors = str_starts(q->path, STR("/c/")) || str_starts(q->path, STR("/f/")) || str_starts(q->path, STR("/v1/forms/"));

	return visitors && app->pages != NULL && page_is_wanted(q) && page_problem(app->pages, r, q, "form/problem", e) == 0;
}
