/*
 * front: a front end of our own, down to the bytes of FastCGI's records, and a worker for it to talk to in the same process.
 */
#ifndef GAVEL_TESTS_UNIT_WEB_FRONT_H
#define GAVEL_TESTS_UNIT_WEB_FRONT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/web/web.h"

enum { FCGI_BEGIN = 1, FCGI_ABORT = 2, FCGI_END = 3, FCGI_PARAMS = 4, FCGI_STDIN = 5, FCGI_STDOUT = 6, FCGI_GET_VALUES = 9 };

/* What is to be sent: records put one after the other. */
struct wire {
	uint8_t *p;
	size_t n, cap;
};

void wire_free(struct wire *w);
void wire_raw(struct wire *w, const void *p, size_t n);
/* One record; content of more than 65535 bytes makes several. */
void wire_record(struct wire *w, int type, int id, const void *content, size_t n);
void wire_begin(struct wire *w, int role, int flags);
/* One name and value in a record of its own. */
void wire_param(struct wire *w, const char *name, const char *value);
/* A whole head; NULL ends the pairs of names and values. */
void wire_head(struct wire *w, const char *method, const char *uri, ...);
/* A whole request with a body and its length. */
void wire_request(struct wire *w, const char *method, const char *uri, const char *body);

struct answer {
	int status;             /* 0: no answer */
	bool ended;             /* END_REQUEST came */
	bool closed;            /* the connection was closed behind it */
	bool timed_out;
	struct buf out;         /* all of STDOUT */
	struct str head, body;
};

int front_connect(void);
/* True when all of it was taken. */
bool front_send(int fd, const void *p, size_t n);
/* Reads until the connection is closed, at most ms, and closes it. */
void front_read(int fd, int ms, struct answer *a);
void front_answer_free(struct answer *a);
/* Connects, sends, reads. */
void front_ask(const struct wire *w, struct answer *a);
/* A header of the answer, or an empty text. */
struct str front_header(const struct answer *a, const char *name);

/* What the handler of the worker does by path; see front.c. */
struct app {
	_Atomic int seen;
};
extern struct app front_app;
extern struct fcgi *front_fcgi;
extern int front_listen_fd;

void front_start(int threads, int64_t read_deadline_ms, const char *trusted);
/* fcgi_close's word. */
int front_stop(void);
/* Waits until no request is in work: how long that took, in ms; -1 after 6 s. */
int front_idle_ms(void);

#endif
