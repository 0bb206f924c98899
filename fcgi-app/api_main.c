/*
 * gavel-api: the public face. One program, started with another route set for each pool, so that slow auctions never hold up postbacks
 * and the sandbox's buyers never wait for threads that wait for them.
 *
 *	gavel-api --routes api|event|sandbox [--socket PATH] [--workers N] [--threads N] [--config-file FILE]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fcgi-app/api/handlers.h"
#include "fcgi-app/form/handlers.h"
#include "fcgi-app/options.h"
#include "lib/base/log.h"
#include "lib/web/supervisor.h"

static const struct route api_routes[] = {
	{ "GET", "/v1/health", AUTH_NONE, 0, 0, api_health },
	{ "GET", "/metrics", AUTH_METRICS, 0, 0, api_metrics },
	{ "GET", "/v1/ready", AUTH_NONE, 0, 0, api_ready },
	{ "GET", "/v1/openapi.json", AUTH_NONE, 0, 0, api_contract },
	{ "GET", "/docs", AUTH_NONE, 0, 0, api_docs },
	{ "GET", "/v1/status", AUTH_KEY, 0, 0, api_status },
	{ "POST", "/v1/ping", AUTH_KEY, SCOPE_PING, BODY_PING_MAX, api_ping, ROUTE_AUCTION | ROUTE_ONCE },
	{ "POST", "/v1/post", AUTH_KEY, SCOPE_POST, BODY_MAX, api_post, ROUTE_POST },
	{ "POST", "/v1/lead", AUTH_KEY, SCOPE_POST, BODY_MAX, api_lead, ROUTE_POST },
	{ "GET", "/v1/leads", AUTH_KEY, SCOPE_LEADS, 0, api_leads },
	{ "GET", "/v1/leads/:id", AUTH_KEY, SCOPE_POST | SCOPE_LEADS, 0, api_lead_show },
	{ "GET", "/v1/leads/:id/explain", AUTH_KEY, SCOPE_POST | SCOPE_LEADS, 0, api_explain_lead },
	{ "GET", "/v1/pings/:id/explain", AUTH_KEY, SCOPE_PING | SCOPE_LEADS, 0, api_explain_ping },
	{ "GET", "/f/embed.js", AUTH_NONE, 0, 0, form_embed },
	{ "GET", "/f/:form", AUTH_NONE, 0, 0, form_show },
	{ "OPTIONS", "/f/:form", AUTH_NONE, 0, 0, form_preflight },
	{ "GET", "/f/:form/thanks", AUTH_NONE, 0, 0, form_thanks },
	{ "GET", "/f/:form/theme.css", AUTH_NONE, 0, 0, form_theme },
	{ "POST", "/v1/forms/:form", AUTH_NONE, 0, BODY_MAX, form_send, ROUTE_POST },
	{ "GET", "/v1/forms/:form", AUTH_NONE, 0, 0, form_back },
	{ "OPTIONS", "/v1/forms/:form", AUTH_NONE, 0, 0, form_preflight },
};

static const struct route event_routes[] = {
	{ "GET", "/v1/health", AUTH_NONE, 0, 0, api_health },
	{ "GET", "/metrics", AUTH_METRICS, 0, 0, api_metrics },
	{ "GET", "/v1/ready", AUTH_NONE, 0, 0, api_ready },
	{ "POST", "/v1/postback/:buyer", AUTH_NONE, 0, BODY_PING_MAX, api_postback },
	{ "GET", "/v1/postback/:buyer", AUTH_NONE, 0, 0, api_postback },
	{ "GET", "/c/:channel", AUTH_NONE, 0, 0, api_click },
	{ "POST", "/v1/spend", AUTH_OPERATOR, SCOPE_REPORT | SCOPE_ADMIN, BODY_MAX, api_spend, ROUTE_ONCE },
};

static const struct route sandbox_routes[] = {
	{ "GET", "/v1/health", AUTH_NONE, 0, 0, api_health },
	{ "GET", "/metrics", AUTH_METRICS, 0, 0, api_metrics },
	{ "POST", "/sandbox/buyers/:name/ping", AUTH_LOOPBACK, 0, BODY_MAX, sandbox_buyer_ping },
	{ "POST", "/sandbox/buyers/:name/post", AUTH_LOOPBACK, 0, BODY_MAX, sandbox_buyer_post },
};

static const char *const api_pages[] = { "form/step", "form/thanks", "form/problem", NULL };
static const char *const event_pages[] = { "form/problem", NULL };

struct role {
	const char *name;
	const struct route *routes;
	size_t n_routes;
	const char *const *pages;
	unsigned parts;
	size_t workers_at, threads_at; /* in struct settings */
};

#define ROUTES(list) list, sizeof(list) / sizeof((list)[0])

static const struct role roles[] = {
	{ "api", ROUTES(api_routes), api_pages, PART_EXCHANGE, offsetof(struct settings, workers), offsetof(struct settings, threads) },
	{ "event", ROUTES(event_routes), event_pages, PART_POSTBACKS, offsetof(struct settings, event_workers), offsetof(struct settings, event_threads) },
	{ "sandbox", ROUTES(sandbox_routes), NULL, 0, offsetof(struct settings, sandbox_workers), offsetof(struct settings, sandbox_threads) },
};

static const struct role *find_role(const char *name)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].name, name) == 0)
			return &roles[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static struct app app;
	struct options o = { .routes = "api" };
	const struct role *role;
	int code;

	if (options_read(argc, argv, "gavel-api", &o, &code) != 0)
		return code;
	role = find_role(o.routes);
	if (role == NULL) {
		fprintf(stderr, "gavel-api: --routes is api, event or sandbox\n");
		return 2;
	}
	app.page_names = role->pages;
	app.show_error = api_show_error;
	if (app_prepare(&app, "gavel-api", o.config_file) != 0)
		return 1;
	if (role->routes == api_routes)
		api_contract_load(&app);
	app.role = role->name;
	app.routes = role->routes;
	app.n_routes = role->n_routes;
	app.parts = role->parts;
	app.workers = o.workers > 0 ? o.workers : *(const int *)((const char *)&app.settings + role->workers_at);
	app.threads = o.threads > 0 ? o.threads : *(const int *)((const char *)&app.settings + role->threads_at);
	return options_supervise(&app, &o);
}
