/*
 * door: who may use a form, from where, and how often.
 */
#include "fcgi-app/form/form.h"
#include "fcgi-app/form/handlers.h"
#include "lib/base/clock.h"
#include "lib/web/limit.h"

/* An address, or the network of a home, may open so many pages and send so many leads a second, and so many at once before that. */
enum { PAGES_A_SECOND = 10, PAGES_AT_ONCE = 200, LEADS_A_SECOND = 1, LEADS_AT_ONCE = 30 };
/* A lead takes as long as its buyers do. Of the posts that a process works on at once an address may have a quarter, and a few in any case. */
enum { SHARE_OF_POSTS = 4, LEADS_IN_WORK = 4, IN_WORK_US = 2000000 };

int form_find(const struct req *q, const struct form_page **out, struct err *e)
{
	*out = map_get(q->caller->snapshot->catalog->by_form, q->route_params[0]);
	return *out != NULL ? 0 : err_set(e, ERR_NOT_FOUND, "There is no such form.");
}

int form_open(const struct form_page *form, struct err *e)
{
	if (form->seller->status == STATUS_ACTIVE && form->campaign->status == STATUS_ACTIVE)
		return 0;
	err_set(e, ERR_FORBIDDEN, "This form takes no requests at the moment.");
	e->code = form->seller->status == STATUS_ACTIVE ? "campaign_inactive" : "seller_paused";
	return -1;
}

bool form_is_own(const struct req *q, struct str origin)
{
	struct str host = req_header(q, "host");

	if (host.n == 0)
		return false;
	if (str_starts(origin, STR("https://")))
		return str_eq((struct str){ origin.p + 8, origin.n - 8 }, host);
	return str_starts(origin, STR("http://")) && str_eq((struct str){ origin.p + 7, origin.n - 7 }, host);
}

bool form_allows(const struct form_page *form, struct str origin)
{
	for (size_t i = 0; i < form->n_origins; i++)
		if (str_eq(form->origins[i], origin))
			return true;
	return false;
}

int form_origin(const struct req *q, struct resp *r, const struct form_page *form, struct err *e)
{
	struct str origin = req_header(q, "origin");

	resp_set_header(r, "Vary", STR("Origin, Accept"));
	if (origin.n == 0 || form_is_own(q, origin))
		return 0;
	if (!form_allows(form, origin)) {
		err_set(e, ERR_FORBIDDEN, "This form is not for the site that it was sent from.");
		e->code = "foreign_origin";
		return -1;
	}
	resp_set_header(r, "Access-Control-Allow-Origin", origin);
	resp_set_header(r, "Access-Control-Expose-Headers", STR("X-Request-Id, Retry-After, Idempotent-Replayed"));
	return 0;
}

int form_preflight(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	const struct form_page *form;

	(void)app;
	if (form_find(q, &form, e) != 0 || form_origin(q, r, form, e) != 0)
		return -1;
	resp_set_header(r, "Access-Control-Allow-Methods", STR("GET, POST"));
	resp_set_header(r, "Access-Control-Allow-Headers", STR("Content-Type, Idempotency-Key"));
	resp_set_header(r, "Access-Control-Max-Age", STR("600"));
	r->status = 204;
	return 0;
}

static int come_later(const struct req *q, struct resp *r, int64_t after_us, const char *words, struct err *e)
{
	resp_set_header(r, "Retry-After", arena_printf(q->arena, "%lld", (long long)(after_us / 1000000 + 1)));
	err_set(e, ERR_TOO_MANY, "%s", words);
	e->code = "rate_limited";
	return -1;
}

static int take(struct app *app, const struct req *q, struct resp *r, struct str what, int per_second, int burst, struct err *e)
{
	struct limit_result result;

	limit_take(app->shm, what, per_second, burst, clock_mono_us(), &result);
	if (result.allowed)
		return 0;
	return come_later(q, r, result.retry_after_us, "Too much was sent from this address in a short time. Please wait a little and try again.", e);
}

int form_rate(struct app *app, const struct req *q, struct resp *r, struct err *e)
{
	struct str what = arena_printf(q->arena, "form page %.*s", STR_ARG(limit_address(q->arena, q->remote_addr)));

	return take(app, q, r, what, PAGES_A_SECOND, PAGES_AT_ONCE, e);
}

int form_enter(struct app *app, const struct req *q, struct resp *r, _Atomic int **out, struct err *e)
{
	struct str what = arena_printf(q->arena, "form lead %.*s", STR_ARG(limit_address(q->arena, q->remote_addr)));
	int most = app->post_limit / SHARE_OF_POSTS > LEADS_IN_WORK ? app->post_limit / SHARE_OF_POSTS : LEADS_IN_WORK;

	*out = limit_enter(&app->senders, what, most);
	if (*out == NULL)
		return come_later(q, r, IN_WORK_US, "Several requests from your network are being worked on at this moment. "
		    "Please send yours again in a few seconds.", e);
	if (take(app, q, r, what, LEADS_A_SECOND, LEADS_AT_ONCE, e) == 0)
		return 0;
	limit_leave(*out);
	return -1;
}

void form_leave(_Atomic int *place)
{
	limit_leave(place);
}

struct str form_base(const struct app *app, const struct req *q)
{
	if (app->settings.public_url.n > 0)
		return app->settings.public_url;
	return arena_printf(q->arena, "%s://%.*s", q->https ? "https" : "http", STR_ARG(req_header(q, "host")));
}

struct str form_consent_version(struct arena *a, const struct form_page *form)
{
	return crypt_sha256_hex(a, form->consent_text);
}
