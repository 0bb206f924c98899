#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/fail.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

#define NEVER INT64_MAX

enum { EVENTS = 512, LONGEST_WAIT_MS = 1000 };

/* ---- from other threads ---- */

void loop_wake(struct net *net)
{
	static const uint64_t one = 1;

	/* The eventfd is watched edge-triggered and never read: each write is one event. */
	if (atomic_load(&net->asleep) && atomic_exchange(&net->asleep, false) && write(net->wake_fd, &one, sizeof(one)) < 0)
		log_warn("net: the thread can't be woken", LOG_INT("errno", errno), LOG_END);
}

void loop_post_batch(struct net *net, struct batch *b)
{
	b->next = atomic_load_explicit(&net->inbox, memory_order_relaxed);
	while (!atomic_compare_exchange_weak(&net->inbox, &b->next, b))
		;
	loop_wake(net);
}

void loop_post_answer(struct net *net, struct resolve_answer *a)
{
	a->next = atomic_load_explicit(&net->answers, memory_order_relaxed);
	while (!atomic_compare_exchange_weak(&net->answers, &a->next, a))
		;
	loop_wake(net);
}

/* ---- what libcurl asks of us ---- */

static struct watch *watch_of(struct net *net, int fd)
{
	size_t need = (size_t)fd + 1;

	if (need > net->watches_n) {
		size_t n = need < 256 ? 256 : need * 2;

		net->watches = realloc(net->watches, n * sizeof(net->watches[0]));
		if (net->watches == NULL)
			log_die("out of memory");
		memset(net->watches + net->watches_n, 0, (n - net->watches_n) * sizeof(net->watches[0]));
		net->watches_n = n;
	}
	return &net->watches[fd];
}

static void set_watch(struct net *net, int fd, struct watch *w, uint8_t has)
{
	struct epoll_event ev = { .events = has, .data.fd = fd };
	int op = w->has == 0 ? EPOLL_CTL_ADD : has == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

	if (epoll_ctl(net->epoll_fd, op, fd, &ev) != 0)
		log_warn("net: epoll", LOG_INT("errno", errno), LOG_END);
	w->has = has;
}

/*
 * A connection at rest stays watched: the next call on it then costs no system call, and should its server close it meanwhile, the
 * event that nobody wants takes the watch off (see on_event).
 */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *per_socket)
{
	struct net *net = arg;
	struct watch *w = watch_of(net, fd);

	(void)easy, (void)per_socket;
	w->wants = (uint8_t)((what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0));
	if (what == CURL_POLL_REMOVE)
		w->wants = 0;
	if (w->wants != 0 && w->wants != w->has)
		set_watch(net, fd, w, w->wants);
	return 0;
}

void loop_forget(struct net *net, int fd)
{
	struct watch *w = watch_of(net, fd);

	if (w->has != 0)
		set_watch(net, fd, w, 0);
	w->wants = 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct net *net = arg;

	(void)multi;
	net->curl_due_us = ms < 0 ? NEVER : ms == 0 ? 0 : clock_mono_us() + ms * 1000;
	return 0;
}

/* ---- the life of a call ---- */

static struct call *take_call(struct net *net)
{
	struct call *c = TAILQ_FIRST(&net->free);

	if (c == NULL)
		return call_new(net);
	TAILQ_REMOVE(&net->free, c, link);
	return c;
}

/* Takes the call from wherever it stands, and its batch to the finished ones if it was the last. The reply is filled already. */
static void end_call(struct net *net, struct call *c)
{
	struct batch *b = c->batch;
	enum http_end end = b->replies[c->index].end;

	if (end == HTTP_TIMEOUT)
		atomic_fetch_add_explicit(&net->timeouts, 1, memory_order_relaxed);
	else if (end == HTTP_NOT_SENT)
		atomic_fetch_add_explicit(&net->not_sent, 1, memory_order_relaxed);
	due_remove(&net->due, c);
	if (c->where == CALL_OPEN) {
		curl_multi_remove_handle(net->multi, c->easy);
		net->open--;
	} else if (c->where == CALL_NAMING) {
		TAILQ_REMOVE(&c->host->waiting, c, link);
	} else if (c->where == CALL_QUEUED) {
		TAILQ_REMOVE(&net->queued, c, link);
	}
	c->host->users--;
	call_clear(c);
	TAILQ_INSERT_HEAD(&net->free, c, link);
	if (--b->open > 0)
		return;
	b->next = net->finished;
	net->finished = b;
}

static void stop_call(struct net *net, struct call *c, enum http_end end, enum http_why why, const char *detail, int64_t now_us)
{
	call_stop(c, end, why, detail, now_us);
	end_call(net, c);
}

static void begin_call(struct net *net, struct call *c, int64_t now_us)
{
	c->where = CALL_FREE; /* in no list, until libcurl has taken it */
	if (!call_begin(c, now_us)) {
		stop_call(net, c, HTTP_NOT_SENT, HTTP_WHY_UNREACHABLE, "libcurl did not take the call", now_us);
		return;
	}
	c->where = CALL_OPEN;
	net->open++;
}

/* Sends the call on its way, or to where it has to wait. */
static void admit(struct net *net, struct call *c, int64_t now_us)
{
	c->where = CALL_FREE;
	switch (host_check(&net->hosts, c->host, now_us)) {
	case HOST_REFUSED:
		stop_call(net, c, HTTP_NOT_SENT, HTTP_WHY_REFUSED_ADDRESS, c->host->why, now_us);
		return;
	case HOST_NOWHERE:
		stop_call(net, c, HTTP_NOT_SENT, HTTP_WHY_UNREACHABLE, "the name has no address", now_us);
		return;
	case HOST_ASKING:
		c->where = CALL_NAMING;
		TAILQ_INSERT_TAIL(&c->host->waiting, c, link);
		return;
	case HOST_READY:
		break;
	}
	if (net->open < net->max_in_flight) {
		begin_call(net, c, now_us);
		return;
	}
	c->where = CALL_QUEUED;
	TAILQ_INSERT_TAIL(&net->queued, c, link);
}

static int64_t due_of(const struct batch *b, const struct http_call *call)
{
	int64_t own = b->start_us + (int64_t)call->timeout_ms * 1000;

	return call->timeout_ms > 0 && own < b->deadline_us ? own : b->deadline_us;
}

static void start_batch(struct net *net, struct batch *b, int64_t now_us)
{
	size_t n = b->n;

	atomic_fetch_add_explicit(&net->calls, b->open, memory_order_relaxed);
	for (size_t i = 0; i < n; i++) {
		struct call *c;

		if (b->replies[i].end != HTTP__N)
			continue;
		c = take_call(net);
		c->batch = b;
		c->index = i;
		c->due_us = due_of(b, &b->calls[i]);
		c->host = host_find(&net->hosts, b->out[i].origin, b->out[i].hash, now_us);
		c->host->users++;
		due_add(&net->due, c);
		if (c->due_us <= now_us)
			stop_call(net, c, HTTP_NOT_SENT, HTTP_WHY_NO_TURN, "no time was left to call", now_us);
		else
			admit(net, c, now_us);
	}
}

/* The inbox is a stack; first come is first served. */
static void take_batches(struct net *net, int64_t now_us)
{
	struct batch *newest = atomic_exchange(&net->inbox, NULL), *oldest = NULL;

	while (newest != NULL) {
		struct batch *b = newest;

		newest = b->next;
		b->next = oldest;
		oldest = b;
	}
	while (oldest != NULL) {
		struct batch *b = oldest;

		oldest = b->next;
		start_batch(net, b, now_us);
	}
}

static void take_answers(struct net *net, int64_t now_us)
{
	struct resolve_answer *a = atomic_exchange(&net->answers, NULL);

	while (a != NULL) {
		struct resolve_answer *next = a->next;
		struct host *h = a->subject;
		struct call_list waiting;
		struct call *c;

		host_answered(&net->hosts, h, a, now_us);
		free(a);
		TAILQ_INIT(&waiting);
		TAILQ_CONCAT(&waiting, &h->waiting, link);
		while ((c = TAILQ_FIRST(&waiting)) != NULL) {
			TAILQ_REMOVE(&waiting, c, link);
			admit(net, c, now_us);
		}
		a = next;
	}
}

static void begin_queued(struct net *net, int64_t now_us)
{
	struct call *c;

	while (net->open < net->max_in_flight && (c = TAILQ_FIRST(&net->queued)) != NULL) {
		TAILQ_REMOVE(&net->queued, c, link);
		begin_call(net, c, now_us);
	}
}

/* ---- one turn ---- */

static void on_event(struct net *net, const struct epoll_event *ev)
{
	struct watch *w;
	int mask = 0, running;

	if (ev->data.fd == net->wake_fd)
		return;
	w = watch_of(net, ev->data.fd);
	if (w->wants == 0) {
		if (w->has != 0)
			set_watch(net, ev->data.fd, w, 0);
		return;
	}
	if (ev->events & (EPOLLIN | EPOLLHUP))
		mask |= CURL_CSELECT_IN;
	if (ev->events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (ev->events & EPOLLERR)
		mask |= CURL_CSELECT_ERR;
	curl_multi_socket_action(net->multi, ev->data.fd, mask, &running);
}

static void run_timers(struct net *net)
{
	int running;

	net->curl_due_us = NEVER;
	curl_multi_socket_action(net->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

/* Its time goes on, and so does its place among the calls in flight. */
static void begin_again(struct net *net, struct call *c, int64_t now_us)
{
	curl_multi_remove_handle(net->multi, c->easy);
	net->open--;
	c->again = true;
	begin_call(net, c, now_us);
}

static void take_results(struct net *net)
{
	int64_t now_us = clock_mono_us();
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(net->multi, &left)) != NULL) {
		CURLcode code = msg->data.result;
		struct call *c = NULL;

		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &c);
		if (call_crossed(c, code) && c->due_us > now_us) {
			begin_again(net, c, now_us);
			continue;
		}
		call_finish(c, code, now_us);
		end_call(net, c);
	}
}

static void expire(struct net *net, int64_t now_us)
{
	struct call *c;

	while ((c = due_first(&net->due)) != NULL && c->due_us <= now_us) {
		if (c->sent)
			stop_call(net, c, HTTP_TIMEOUT, HTTP_WHY_NONE, "no whole reply in time", now_us);
		else
			stop_call(net, c, HTTP_NOT_SENT, c->where == CALL_QUEUED ? HTTP_WHY_NO_TURN : HTTP_WHY_DEADLINE,
			    "the time was up before anything was sent", now_us);
	}
}

static void wake_finished(struct net *net)
{
	struct batch *b = net->finished;

	net->finished = NULL;
	while (b != NULL) {
		struct batch *next = b->next;

		batch_wake(b);
		b = next;
	}
}

static int wait_ms(struct net *net, int64_t now_us)
{
	const struct call *first = due_first(&net->due);
	int64_t until = now_us + LONGEST_WAIT_MS * 1000;

	if (first != NULL && first->due_us < until)
		until = first->due_us;
	if (net->curl_due_us < until)
		until = net->curl_due_us;
	return until > now_us ? (int)((until - now_us + 999) / 1000) : 0;
}

static int sleep_for_events(struct net *net, struct epoll_event *events)
{
	int n, ms = wait_ms(net, clock_mono_us());

	/* Whoever posts looks at asleep after posting, we look at the inbox after setting it: one of us sees the other. */
	atomic_store(&net->asleep, true);
	if (atomic_load(&net->inbox) != NULL || atomic_load(&net->answers) != NULL || atomic_load(&net->stopping))
		ms = 0;
	n = epoll_wait(net->epoll_fd, events, EVENTS, ms);
	atomic_store(&net->asleep, false);
	return n > 0 ? n : 0;
}

static void turn(struct net *net)
{
	struct epoll_event events[EVENTS];
	int n = sleep_for_events(net, events);
	int64_t now_us = clock_mono_us();

	FAIL("net.turn");
	atomic_store_explicit(&net->beat_us, now_us, memory_order_relaxed);
	for (int i = 0; i < n; i++)
		on_event(net, &events[i]);
	if (net->curl_due_us <= now_us)
		run_timers(net);
	take_results(net);
	if (n < EVENTS) /* else a reply may be in that we have not seen yet */
		expire(net, now_us);
	take_answers(net, now_us);
	take_batches(net, now_us);
	begin_queued(net, now_us);
	if (net->curl_due_us <= now_us) { /* calls were begun: out with them, before we sleep */
		run_timers(net);
		take_results(net);
	}
	atomic_store_explicit(&net->in_flight, net->open, memory_order_relaxed);
	atomic_store_explicit(&net->waiting, (int)net->due.n - net->open, memory_order_relaxed);
	wake_finished(net);
}

void *loop_main(void *arg)
{
	struct net *net = arg;
	struct call *c;

	while (!atomic_load(&net->stopping))
		turn(net);
	take_batches(net, clock_mono_us());
	while ((c = due_first(&net->due)) != NULL)
		stop_call(net, c, c->sent ? HTTP_BROKEN : HTTP_NOT_SENT, HTTP_WHY_DEADLINE, "the program ends", clock_mono_us());
	wake_finished(net);
	return NULL;
}

int loop_open(struct net *net, struct err *e)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	TAILQ_INIT(&net->free);
	TAILQ_INIT(&net->queued);
	net->curl_due_us = NEVER;
	net->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	net->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ev.data.fd = net->wake_fd;
	if (net->epoll_fd < 0 || net->wake_fd < 0 || epoll_ctl(net->epoll_fd, EPOLL_CTL_ADD, net->wake_fd, &ev) != 0)
		return err_set(e, ERR_IO, "net: %s", strerror(errno));
	net->multi = curl_multi_init();
	if (net->multi == NULL)
		return err_set(e, ERR_INTERNAL, "libcurl has no multi handle for us");
	curl_multi_setopt(net->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(net->multi, CURLMOPT_SOCKETDATA, net);
	curl_multi_setopt(net->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(net->multi, CURLMOPT_TIMERDATA, net);
	curl_multi_setopt(net->multi, CURLMOPT_MAXCONNECTS, (long)net->max_in_flight);
	curl_multi_setopt(net->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return 0;
}

void loop_close(struct net *net)
{
	struct call *c;

	while ((c = TAILQ_FIRST(&net->free)) != NULL) {
		TAILQ_REMOVE(&net->free, c, link);
		call_free(c);
	}
	if (net->multi != NULL)
		curl_multi_cleanup(net->multi);
	host_free_all(&net->hosts);
	due_free(&net->due);
	free(net->watches);
	if (net->epoll_fd >= 0)
		close(net->epoll_fd);
	if (net->wake_fd >= 0)
		close(net->wake_fd);
}
