#include "fcgi-app/api/answer.h"
#include "fcgi-app/api/handlers.h"
#include "fcgi-app/api/intake.h"

int api_ping(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct post in;
	struct auction *au;

	if (intake_read(q, INTAKE_PING, &in, q->faults, e) != 0 ||
	    exchange_ping(&app->exchange, q->arena, &in.ask, q->faults, &au, e) != 0)
		return -1;
	answer_ping(q, r, au);
	return 0;
}
