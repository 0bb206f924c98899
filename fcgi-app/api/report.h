/*
 * report: GET /v1/report: what was asked of it, and its answer.
 */
#ifndef GAVEL_API_REPORT_H
#define GAVEL_API_REPORT_H

#include "fcgi-app/app.h"
#include "lib/store/report.h"

/* Dimensions in the order asked. */
enum { REPORT_DIMENSIONS_MAX = 5 };

struct report_ask {
	struct report_query query;
	struct str tz;
	enum dimension by[REPORT_DIMENSIONS_MAX];
	size_t n_by;
	bool csv;
	const struct seller *seller;  /* who asks; NULL: an operator */
	struct report_name *names[DIM__N]; /* of the dimensions in use */
	size_t n_names[DIM__N];
};

/* Fills ask from the query; ERR_INVALID with every fault, ERR_FORBIDDEN for another seller's report. db reads names. */
int report_ask_read(struct req *q, struct db *db, struct report_ask *ask, struct err *e);
/* ERR_INVALID, "report_too_large", when the answer would not fit. fresh: up to when all is counted; 0: nothing is yet. */
int report_answer(const struct req *q, struct resp *r, const struct report_ask *ask, const struct report *report, int64_t fresh,
    struct err *e);

/* The catalog's channels with their campaigns, for spend. */
struct report_channel *report_channels(struct arena *a, const struct catalog *c);

int api_report(struct app *app, struct req *q, struct resp *r, struct err *e);

#endif
