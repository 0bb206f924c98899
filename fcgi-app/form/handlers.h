/*
 * handlers: the endpoints of a form, for visitors' browsers and other sites' scripts. They are of gavel-api's routes.
 */
#ifndef GAVEL_FORM_HANDLERS_H
#define GAVEL_FORM_HANDLERS_H

#include "fcgi-app/app.h"

/* GET /f/{form}: the first page, or the form as JSON. */
int form_show(struct app *app, struct req *q, struct resp *r, struct err *e);
int form_thanks(struct app *app, struct req *q, struct resp *r, struct err *e);
int form_theme(struct app *app, struct req *q, struct resp *r, struct err *e);
int form_embed(struct app *app, struct req *q, struct resp *r, struct err *e);
/* POST /v1/forms/{form}, from a page or from a script; GET leads to the form. */
int form_send(struct app *app, struct req *q, struct resp *r, struct err *e);
int form_back(struct app *app, struct req *q, struct resp *r, struct err *e);
int form_preflight(struct app *app, struct req *q, struct resp *r, struct err *e);

#endif
