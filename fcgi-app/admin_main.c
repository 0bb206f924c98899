/*
 * gavel-admin: the report pages and the operators' API, as a program of its own with its own database user: the public face can't read
 * password hashes.
 *
 *	gavel-admin [--socket PATH] [--workers N] [--threads N] [--config-file FILE]
 */
#include <stddef.h>

#include "fcgi-app/admin/admin.h"
#include "fcgi-app/api/handlers.h"
#include "fcgi-app/api/report.h"
#include "fcgi-app/options.h"

enum { FORM_MAX = 16 * 1024, HASHES_AT_ONCE = 2 };

static const struct route routes[] = {
	{ "GET", "/v1/health", AUTH_NONE, 0, 0, api_health },
	{ "GET", "/metrics", AUTH_METRICS, 0, 0, api_metrics },
	{ "GET", "/v1/ready", AUTH_NONE, 0, 0, api_ready },
	{ "GET", "/v1/report", AUTH_KEY, SCOPE_REPORT | SCOPE_ADMIN, 0, api_report },
	{ "GET", "/v1/admin/sales/unknown", AUTH_OPERATOR, SCOPE_ADMIN, 0, admin_sales_unknown },
	{ "POST", "/v1/admin/sales/:id/settle", AUTH_OPERATOR, SCOPE_ADMIN, FORM_MAX, admin_sale_settle, ROUTE_ONCE },
	{ "GET", "/v1/admin/returns", AUTH_OPERATOR, SCOPE_ADMIN, 0, admin_returns },
	{ "POST", "/v1/admin/returns/:id/approve", AUTH_OPERATOR, SCOPE_ADMIN, FORM_MAX, admin_return_approve, ROUTE_ONCE },
	{ "POST", "/v1/admin/returns/:id/deny", AUTH_OPERATOR, SCOPE_ADMIN, FORM_MAX, admin_return_deny, ROUTE_ONCE },
	{ "GET", "/admin", AUTH_SESSION, 0, 0, admin_home },
	{ "GET", "/admin/", AUTH_SESSION, 0, 0, admin_home },
	{ "GET", "/admin/sign-in", AUTH_NONE, 0, 0, admin_sign_in_page },
	{ "POST", "/admin/sign-in", AUTH_NONE, 0, FORM_MAX, admin_sign_in },
	{ "POST", "/admin/sign-out", AUTH_SESSION, 0, FORM_MAX, admin_sign_out },
	{ "GET", "/admin/overview", AUTH_SESSION, 0, 0, admin_overview },
	{ "GET", "/admin/leads", AUTH_SESSION, 0, 0, admin_leads },
	{ "GET", "/admin/leads/:id", AUTH_SESSION, 0, 0, admin_lead },
	{ "GET", "/v1/admin/webhooks", AUTH_OPERATOR, SCOPE_ADMIN, 0, admin_webhook_list },
	{ "GET", "/v1/admin/webhooks/:id", AUTH_OPERATOR, SCOPE_ADMIN, 0, admin_webhook_show },
	{ "POST", "/v1/admin/webhooks/:id/resend", AUTH_OPERATOR, SCOPE_ADMIN, FORM_MAX, admin_webhook_resend, ROUTE_ONCE },
	{ "GET", "/v1/admin/webhook-endpoints", AUTH_OPERATOR, SCOPE_ADMIN, 0, admin_webhook_endpoints },
	{ "POST", "/v1/admin/webhook-endpoints/:owner/enable", AUTH_OPERATOR, SCOPE_ADMIN, FORM_MAX, admin_webhook_enable, ROUTE_ONCE },
	{ "GET", "/admin/funds", AUTH_SESSION, 0, 0, admin_funds },
	{ "GET", "/admin/health", AUTH_SESSION, 0, 0, admin_health },
};

static const char *const pages[] = { "admin/sign_in", "admin/overview", "admin/leads", "admin/lead", "admin/funds", "admin/health", "admin/problem", NULL };

int main(int argc, char **argv)
{
	static struct app app;
	struct options o = { 0 };
	int code;

	if (options_read(argc, argv, "gavel-admin", &o, &code) != 0)
		return code;
	app.page_names = pages;
	app.check_session = session_check;
	app.show_error = session_show_error;
	if (app_prepare(&app, "gavel-admin", o.config_file) != 0)
		return 1;
	app.db = app_db_options(&app, &app.settings.admin_database);
	app.settings.database.pool = app.settings.admin_database.pool;
	app.role = "admin";
	app.routes = routes;
	app.n_routes = sizeof(routes) / sizeof(routes[0]);
	app.workers = o.workers > 0 ? o.workers : app.settings.admin_workers;
	app.threads = o.threads > 0 ? o.threads : app.settings.admin_threads;
	app.gate = password_gate_new(HASHES_AT_ONCE);
	return options_supervise(&app, &o);
}
