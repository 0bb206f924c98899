/*
 * handlers: the endpoints of gavel-api, each in the file of its noun.
 */
#ifndef GAVEL_API_HANDLERS_H
#define GAVEL_API_HANDLERS_H

#include "fcgi-app/app.h"

int api_ping(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_post(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_lead(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_lead_show(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_leads(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_explain_ping(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_explain_lead(struct app *app, struct req *q, struct resp *r, struct err *e);
/* A buyer's verdict. */
int api_postback(struct app *app, struct req *q, struct resp *r, struct err *e);
/* A channel's link, and what was spent on channels. */
int api_click(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_spend(struct app *app, struct req *q, struct resp *r, struct err *e);
/* The app's show_error: visitors' addresses answer with pages. */
bool api_show_error(struct app *app, struct req *q, struct resp *r, const struct err *e);
int api_status(struct app *app, struct req *q, struct resp *r, struct err *e);
/* The published contract: read once, before processes are forked; without it the address answers 503. */
void api_contract_load(struct app *app);
int api_contract(struct app *app, struct req *q, struct resp *r, struct err *e);
/* /docs is /docs/. */
int api_docs(struct app *app, struct req *q, struct resp *r, struct err *e);
/* In every program. */
int api_health(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_metrics(struct app *app, struct req *q, struct resp *r, struct err *e);
int api_ready(struct app *app, struct req *q, struct resp *r, struct err *e);
/* The sandbox's buyers, and the demo's. */
int sandbox_buyer_ping(struct app *app, struct req *q, struct resp *r, struct err *e);
int sandbox_buyer_post(struct app *app, struct req *q, struct resp *r, struct err *e);

#endif
