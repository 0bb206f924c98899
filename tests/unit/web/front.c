#include "tests/unit/web/front.h"

#include <check.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"

struct app front_app;
struct fcgi *front_fcgi;
int front_listen_fd;

static struct sockaddr_un address;

void wire_free(struct wire *w)
{
	free(w->p);
	*w = (struct wire){ 0 };
}

void wire_raw(struct wire *w, const void *p, size_t n)
{
	if (w->n + n > w->cap) {
		w->cap = (w->n + n) * 2;
		w->p = realloc(w->p, w->cap);
		ck_assert_ptr_nonnull(w->p);
	}
	if (n > 0)
		memcpy(w->p + w->n, p, n);
	w->n += n;
}

void wire_record(struct wire *w, int type, int id, const void *content, size_t n)
{
	const uint8_t *at = content;

	do {
		size_t part = n > 65535 ? 65535 : n;
		uint8_t padding = (uint8_t)(part % 8 != 0 ? 8 - part % 8 : 0), zero[8] = { 0 };
		uint8_t head[8] = { 1, (uint8_t)type, (uint8_t)(id >> 8), (uint8_t)id, (uint8_t)(part >> 8), (uint8_t)part, padding, 0 };

		wire_raw(w, head, sizeof(head));
		wire_raw(w, at, part);
		wire_raw(w, zero, padding);
		at = n > part ? at + part : at; /* content may be NULL */
		n -= part;
	} while (n > 0);
}

void wire_begin(struct wire *w, int role, int flags)
{
	uint8_t body[8] = { (uint8_t)(role >> 8), (uint8_t)role, (uint8_t)flags };

	wire_record(w, FCGI_BEGIN, 1, body, sizeof(body));
}

static void add_length(struct wire *w, size_t n)
{
	uint8_t four[4] = { (uint8_t)(n >> 24 | 0x80), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	if (n < 128)
		wire_raw(w, &four[3], 1);
	else
		wire_raw(w, four, 4);
}

void wire_param(struct wire *w, const char *name, const char *value)
{
	struct wire pair = { 0 };

	add_length(&pair, strlen(name));
	add_length(&pair, strlen(value));
	wire_raw(&pair, name, strlen(name));
	wire_raw(&pair, value, strlen(value));
	wire_record(w, FCGI_PARAMS, 1, pair.p, pair.n);
	wire_free(&pair);
}

void wire_head(struct wire *w, const char *method, const char *uri, ...)
{
	const char *name;
	va_list ap;

	wire_begin(w, 1, 0);
	wire_param(w, "REQUEST_METHOD", method);
	wire_param(w, "REQUEST_URI", uri);
	wire_param(w, "REMOTE_ADDR", "192.0.2.7");
	va_start(ap, uri);
	while ((name = va_arg(ap, const char *)) != NULL)
		wire_param(w, name, va_arg(ap, const char *));
	va_end(ap);
	wire_record(w, FCGI_PARAMS, 1, NULL, 0);
}

void wire_request(struct wire *w, const char *method, const char *uri, const char *body)
{
	char length[24];

	snprintf(length, sizeof(length), "%zu", strlen(body));
	wire_head(w, method, uri, "CONTENT_TYPE", "Application/JSON; charset=utf-8", "CONTENT_LENGTH", length, "HTTP_X_API_KEY", "k", NULL);
	if (body[0] != '\0')
		wire_record(w, FCGI_STDIN, 1, body, strlen(body));
	wire_record(w, FCGI_STDIN, 1, NULL, 0);
}

int front_connect(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

bool front_send(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* Splits what came into records, and STDOUT into head and body. */
static void understand(struct answer *a, const struct buf *in)
{
	const uint8_t *p = (const uint8_t *)in->p;
	size_t at = 0;
	char *end;

	while (at + 8 <= in->n) {
		size_t n = (size_t)(p[at + 4] << 8 | p[at + 5]), padding = p[at + 6];

		ck_assert_int_eq(p[at], 1);
		ck_assert_uint_le(at + 8 + n + padding, in->n);
		if (p[at + 1] == FCGI_STDOUT)
			buf_add(&a->out, p + at + 8, n);
		else if (p[at + 1] == FCGI_END)
			a->ended = true;
		at += 8 + n + padding;
	}
	ck_assert_uint_eq(at, in->n);
	if (a->out.n == 0)
		return;
	end = memmem(a->out.p, a->out.n, "\r\n\r\n", 4);
	ck_assert_ptr_nonnull(end);
	a->head = (struct str){ a->out.p, (size_t)(end - a->out.p) + 2 };
	a->body = (struct str){ end + 4, a->out.n - a->head.n - 2 };
	ck_assert_int_eq(strncmp(a->head.p, "Status: ", 8), 0);
	a->status = (int)strtol(a->head.p + 8, NULL, 10);
}

void front_read(int fd, int ms, struct answer *a)
{
	int64_t until = clock_mono_ms() + ms;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct buf in;
	char piece[16384];

	*a = (struct answer){ 0 };
	buf_init(&in, 64 << 20);
	buf_init(&a->out, 64 << 20);
	for (;;) {
		int64_t left = until - clock_mono_ms();
		ssize_t n;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0) {
			a->timed_out = true;
			break;
		}
		n = recv(fd, piece, sizeof(piece), 0);
		if (n <= 0) {
			a->closed = true;
			break;
		}
		ck_assert_int_eq(buf_add(&in, piece, (size_t)n), 0);
	}
	close(fd);
	if (!a->timed_out)
		understand(a, &in);
	buf_free(&in);
}

void front_answer_free(struct answer *a)
{
	buf_free(&a->out);
}

void front_ask(const struct wire *w, struct answer *a)
{
	int fd = front_connect();

	front_send(fd, w->p, w->n);
	front_read(fd, 6000, a);
}

struct str front_header(const struct answer *a, const char *name)
{
	struct str rest = a->head, line, key;

	while (str_split(&rest, '\n', &line)) {
		if (line.n == 0 || memchr(line.p, ':', line.n) == NULL)
			continue;
		str_split(&line, ':', &key);
		if (str_eq_nocase(key, str_of(name)))
			return str_trim(line);
	}
	return (struct str){ "", 0 };
}

static void echo(struct req *q, struct resp *r)
{
	r->status = 200;
	r->content_type = STR("text/plain");
	buf_addf(&r->body, "%.*s %.*s ? %.*s\ntype %.*s\naddr %.*s %s\n", STR_ARG(q->method), STR_ARG(q->path), STR_ARG(q->query),
	    STR_ARG(q->content_type), STR_ARG(q->remote_addr), q->https ? "https" : "http");
	for (size_t i = 0; i < q->headers.n; i++)
		buf_addf(&r->body, "%.*s=%.*s\n", STR_ARG(q->headers.list[i].name), STR_ARG(q->headers.list[i].value));
	buf_addf(&r->body, "body %zu ", q->body.n);
	buf_add_str(&r->body, q->body);
}

static void handle(struct app *app, struct req *q, struct resp *r)
{
	struct err e = { 0 };

	atomic_fetch_add(&app->seen, 1);
	if (str_is(q->path, "/nothing"))
		return;
	if (str_starts(q->path, STR("/slow")))
		clock_sleep_ms(300);
	if (str_is(q->path, "/stuck"))
		clock_sleep_ms(4000);
	if (str_is(q->path, "/big")) {
		char line[100];

		memset(line, 'b', sizeof(line));
		r->status = 200;
		while (r->body.n < 1000000)
			buf_add(&r->body, line, sizeof(line));
		return;
	}
	if (str_is(q->path, "/empty")) {
		r->status = 204;
		return;
	}
	if (!str_is(q->path, "/unread") && req_read_body(q, 100000, &e) != 0) {
		resp_problem(r, q, &e, NULL);
		return;
	}
	echo(q, r);
}

void front_start(int threads, int64_t read_deadline_ms, const char *trusted)
{
	struct fcgi_options o = { .threads = threads, .read_deadline_ms = read_deadline_ms, .write_deadline_ms = 600, .drain_s = 3,
		.trusted_proxies = str_of(trusted) };
	struct err e;

	address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/gavel-web-%d", (int)getpid());
	unlink(address.sun_path);
	front_listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(front_listen_fd, 0);
	ck_assert_int_eq(bind(front_listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(front_listen_fd, 256), 0);
	o.listen_fd = front_listen_fd;
	fcgi_environment();
	atomic_store(&front_app.seen, 0);
	ck_assert_int_eq(fcgi_open(&o, &front_app, handle, &front_fcgi, &e), 0);
}

int front_stop(void)
{
	int left = fcgi_close(&front_fcgi);

	close(front_listen_fd);
	unlink(address.sun_path);
	return left;
}

int front_idle_ms(void)
{
	int64_t start = clock_mono_ms();

	while (fcgi_busy(front_fcgi) > 0) {
		if (clock_mono_ms() - start > 6000)
			return -1;
		clock_sleep_ms(2);
	}
	return (int)(clock_mono_ms() - start);
}
