/*
 * admin: what the pages of gavel-admin share: sessions, forms that can't be forged, the frame of a page.
 */
#ifndef GAVEL_ADMIN_ADMIN_H
#define GAVEL_ADMIN_ADMIN_H

#include "fcgi-app/app.h"
#include "lib/store/session.h"
#include "lib/web/page.h"

/* The session of the request's cookie: the app's check_session. */
int session_check(struct app *app, const struct req *q, struct caller *caller, struct err *e);
/* Somebody who is not signed in is sent to sign in, other errors are shown as a page: the app's show_error. */
bool session_show_error(struct app *app, struct req *q, struct resp *r, const struct err *e);
/*
 * A POST from one of our own pages: its fields in *out. ERR_FORBIDDEN when it came from elsewhere (Origin, Sec-Fetch-Site) or, with a
 * session, without that session's token.
 */
int session_form(const struct req *q, struct form *out, struct err *e);

/* A page's root with what every page shows: title, which part of the menu it is, who is signed in, the token of its forms. */
struct value admin_frame(const struct req *q, const char *title, const char *part);
/* "2026-11-23 20:15:03 UTC", for people. */
struct str admin_when(struct arena *a, int64_t us);
/* "12.50 USD" */
struct str admin_amount(struct arena *a, int64_t money, const char *currency);

int admin_home(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_sign_in_page(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_sign_in(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_sign_out(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_leads(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_lead(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_funds(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_health(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_webhook_list(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_webhook_show(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_webhook_resend(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_webhook_endpoints(struct app *app, struct req *q, struct resp *r, struct err *e);
/* On the Health page: endpoints that want looking at, and how many do not. */
void admin_webhook_health(struct app *app, const struct req *q, struct value *root);
int admin_webhook_enable(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_sale_settle(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_sales_unknown(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_returns(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_return_approve(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_return_deny(struct app *app, struct req *q, struct resp *r, struct err *e);
int admin_overview(struct app *app, struct req *q, struct resp *r, struct err *e);

#endif
