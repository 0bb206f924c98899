#include <arpa/inet.h>
#include <check.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "tests/unit/net/peer.h"

struct conn {
	struct peer *peer;
	int fd, served, number; /* of the connection, from 1 */
	char in[PEER_REQUEST], request[PEER_REQUEST];
	size_t n;
};

static bool put(struct conn *c, const char *bytes)
{
	size_t n = strlen(bytes);

	return send(c->fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void reset(struct conn *c)
{
	struct linger l = { 1, 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

/* Reads one whole request. */
static bool take_request(struct conn *c)
{
	for (;;) {
		char *end = memmem(c->in, c->n, "\r\n\r\n", 4), *length;
		size_t whole = end != NULL ? (size_t)(end - c->in) + 4 : 0;
		ssize_t got;

		if (end != NULL) {
			*end = '\0';
			length = strcasestr(c->in, "content-length:");
			whole += length != NULL ? strtoul(length + 15, NULL, 10) : 0;
			*end = '\r';
		}
		if (whole > 0 && c->n >= whole) {
			memcpy(c->request, c->in, whole);
			c->request[whole] = '\0';
			memmove(c->in, c->in + whole, c->n - whole);
			c->n -= whole;
			atomic_fetch_add(&c->peer->requests, 1);
			return true;
		}
		got = recv(c->fd, c->in + c->n, sizeof(c->in) - 1 - c->n, 0);
		if (got <= 0)
			return false;
		c->n += (size_t)got;
		c->in[c->n] = '\0';
	}
}

static bool put_echo(struct conn *c)
{
	char reply[PEER_REQUEST + 200];
	size_t n = strlen(c->request);
	int head = snprintf(reply, sizeof(reply), "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Empty:\r\nContent-Length: %zu\r\n\r\n", n);

	if (strncmp(c->request, "HEAD", 4) == 0)
		n = 0;
	memcpy(reply + head, c->request, n);
	n += (size_t)head;
	return send(c->fd, reply, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void put_for_ever(struct conn *c, const char *head, const char *piece)
{
	put(c, head);
	while (!atomic_load(&c->peer->stopping) && put(c, piece))
		;
}

static bool drip(struct conn *c)
{
	const char *reply = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";

	while (!atomic_load(&c->peer->stopping)) {
		if (send(c->fd, *reply != '\0' ? reply++ : "x", 1, MSG_NOSIGNAL) != 1)
			return false;
		clock_sleep_ms(20);
	}
	return false;
}

static void wait_for_stop(struct conn *c)
{
	while (!atomic_load(&c->peer->stopping))
		clock_sleep_ms(5);
}

/* What it is sent stays unread, so that its close is a reset whatever the time. */
static void reset_at_byte(struct conn *c)
{
	char byte;

	if (recv(c->fd, &byte, 1, MSG_PEEK) > 0)
		reset(c);
}

/* One request's answer; false: the connection ends. */
static bool answer(struct conn *c)
{
	char line[128];

	switch (c->peer->way) {
	case PEER_OK:
		return put_echo(c);
	case PEER_LATE:
		clock_sleep_ms(30);
		return put_echo(c);
	case PEER_STALL:
		wait_for_stop(c);
		return false;
	case PEER_RESET_AFTER:
		reset(c);
		return false;
	case PEER_RESET_MIDDLE:
		put(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
		clock_sleep_ms(10);
		reset(c);
		return false;
	case PEER_CUT:
		put(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
		return false;
	case PEER_CUT_CHUNK:
		put(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nhalf");
		return false;
	case PEER_DRIP:
		return drip(c);
	case PEER_HUGE:
		put_for_ever(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", "0123456789abcdef0123456789abcdef0123456789abcdef");
		return false;
	case PEER_HUGE_HEAD:
		put_for_ever(c, "HTTP/1.1 200 OK\r\n", "X-Filler: 0123456789abcdef0123456789abcdef0123456789abcdef\r\n");
		return false;
	case PEER_GARBAGE:
		put(c, "<html>maintenance</html>\r\n\r\n");
		return false;
	case PEER_UNTIL_CLOSE:
		put(c, "HTTP/1.0 200 OK\r\n\r\nwhole");
		return false;
	case PEER_CHUNKED:
		return put(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Head: 1\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 2\r\n\r\n");
	case PEER_CONTINUE:
		return put(c, "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 1\r\nContent-Length: 2\r\n\r\nok");
	case PEER_REDIRECT:
		snprintf(line, sizeof(line), "HTTP/1.1 302 Found\r\nLocation: %s/elsewhere\r\nContent-Length: 0\r\n\r\n", c->peer->url);
		return put(c, line);
	case PEER_ONCE_THEN_CLOSE:
		return c->served++ == 0 && put_echo(c);
	case PEER_ONCE_THEN_RESET:
	case PEER_ONE_CONNECTION:
		put_echo(c);
		reset_at_byte(c);
		return false;
	case PEER_ONCE_THEN_STALL:
		if (c->number == 1) {
			put_echo(c);
			reset_at_byte(c);
			return false;
		}
		wait_for_stop(c);
		return false;
	case PEER_TIDY:
		put_echo(c);
		return false;
	default:
		return false;
	}
}

static void *serve(void *arg)
{
	struct conn *c = arg;

	if (c->peer->way == PEER_SILENT)
		wait_for_stop(c);
	else if (c->peer->way == PEER_RESET_FIRST)
		reset(c);
	else if (c->peer->way == PEER_ONE_CONNECTION && c->number > 1)
		reset_at_byte(c);
	else
		while (take_request(c) && answer(c))
			;
	pthread_mutex_lock(&c->peer->lock);
	for (int i = 0; i < c->peer->n; i++)
		if (c->peer->sockets[i] == c->fd)
			c->peer->sockets[i] = -1;
	close(c->fd);
	pthread_mutex_unlock(&c->peer->lock);
	free(c);
	return NULL;
}

static void *accept_all(void *arg)
{
	struct peer *p = arg;
	int fd;

	while ((fd = accept(p->fd, NULL, NULL)) >= 0) {
		struct conn *c = calloc(1, sizeof(*c));

		ck_assert_ptr_nonnull(c);
		ck_assert_int_lt(p->n, PEER_SOCKETS);
		c->peer = p;
		c->fd = fd;
		c->number = atomic_fetch_add(&p->connections, 1) + 1;
		pthread_mutex_lock(&p->lock);
		p->sockets[p->n] = fd;
		pthread_create(&p->workers[p->n++], NULL, serve, c);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

static int bound(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

void peer_start(struct peer *p, enum peer_way way)
{
	memset(p, 0, sizeof(*p));
	p->way = way;
	p->fd = bound(&p->port);
	ck_assert_int_eq(listen(p->fd, 512), 0);
	snprintf(p->url, sizeof(p->url), "http://127.0.0.1:%d", p->port);
	pthread_mutex_init(&p->lock, NULL);
	pthread_create(&p->thread, NULL, accept_all, p);
}

void peer_stop(struct peer *p)
{
	atomic_store(&p->stopping, true);
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
	pthread_mutex_lock(&p->lock);
	for (int i = 0; i < p->n; i++)
		if (p->sockets[i] >= 0)
			shutdown(p->sockets[i], SHUT_RDWR);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->n; i++)
		pthread_join(p->workers[i], NULL);
	pthread_mutex_destroy(&p->lock);
}

int peer_refused_port(void)
{
	int port, fd = bound(&port);

	close(fd); /* free again: nobody listens there */
	return port;
}

struct http_call peer_call(const struct peer *p, const char *body)
{
	static struct http_header headers[] = { { STR_INIT("Content-Type"), STR_INIT("application/json") } };

	return (struct http_call){ .method = STR("POST"), .url = str_of(p->url), .headers = { headers, 1 }, .body = str_of(body),
	    .timeout_ms = 5000, .max_reply = 65536 };
}
