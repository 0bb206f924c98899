#include "fcgi-app/api/answer.h"
#include "fcgi-app/api/handlers.h"
#include "lib/exchange/explain.h"
#include "lib/wire/json.h"

static int answer(const struct req *q, struct resp *r, enum found found, const struct explanation *x, struct err *e)
{
	struct json_out j = json_out(&r->body);

	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_NOT_FOUND, "nothing of that id");
	r->status = 200;
	r->content_type = STR("application/json");
	json_open(&j, NULL, '{');
	explain_write(&j, q->arena, x);
	json_text(&j, "request_id", q->request_id);
	json_close(&j, '}');
	answer_as_asked(q, r);
	return 0;
}

int api_explain_ping(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct explanation x;
	struct id id;

	if (!id_parse("png", q->route_params[0], &id))
		return err_set(e, ERR_NOT_FOUND, "no such ping");
	return answer(q, r, explain_ping(&app->exchange, q->arena, q->caller->snapshot, q->caller->seller, q->caller->sandbox, id, &x, e), &x, e);
}

int api_explain_lead(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct explanation x;
	struct id id;

	if (!id_parse("led", q->route_params[0], &id))
		return err_set(e, ERR_NOT_FOUND, "no such lead");
	return answer(q, r, explain_lead(&app->exchange, q->arena, q->caller->snapshot, q->caller->seller, q->caller->sandbox, id, &x, e), &x, e);
}
