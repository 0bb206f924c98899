/*
 * req: how a request's head is filled from a front end's parameters. Between web/fcgi and the tests.
 */
#ifndef GAVEL_WEB_REQ_H
#define GAVEL_WEB_REQ_H

#include "lib/base/network.h"
#include "lib/web/web.h"

enum { REQ_HEADERS = 100 };

void req_begin(struct req *q, struct arena *a, int64_t start_us);
/* One FastCGI parameter; name and value stay where they are until the request ends. */
void req_param(struct req *q, struct str name, struct str value);
/* When all parameters are in: the request's id, the trace, and the client's address behind proxies that are trusted. */
void req_finish_head(struct req *q, const struct networks *trusted);

#endif
