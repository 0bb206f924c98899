#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"
#include "lib/net/address.h"
#include "lib/net/drop.h"
#include "lib/net/loop.h"
#include "lib/net/mail.h"

enum {
	MAX_IN_FLIGHT = 4096, RESOLVER_THREADS = 4,
	OPTIONS_BYTES = 1024 * 1024,
	STACK = 256 * 1024,
	STUCK_S = 30         /* so long past its deadline a net_run has not been answered: the net thread is broken */
};

static void sink(void *to, struct resolve_answer *answer)
{
	loop_post_answer(to, answer);
}

static int start(struct net *net, const struct net_options *o, struct err *e)
{
	struct resolver_options r = { .threads = o->resolver_threads > 0 ? o->resolver_threads : RESOLVER_THREADS,
	    .lookup = o->lookup, .ctx = o->lookup_ctx, .sink = sink, .to = net };
	int rc;

	if (resolve_open(&r, &net->resolver, e) != 0)
		return -1;
	net->hosts = (struct hosts){ .allow = &net->allow, .resolver = net->resolver };
	rc = thread_start(&net->thread, STACK, loop_main, net);
	if (rc == 0)
		return 0;
	resolve_close(&net->resolver);
	return err_set(e, ERR_IO, "can't start the net thread: %s", strerror(rc));
}

static void release(struct net *net)
{
	struct arena *a = net->arena;

	loop_close(net);
	arena_free(&a);
	free(net);
	curl_global_cleanup();
}

static const char *given(struct net *net, struct str option)
{
	return option.n > 0 ? arena_cstr(net->arena, option) : NULL;
}

int net_open(const struct net_options *o, struct net **out, struct err *e)
{
	struct net *net = calloc(1, sizeof(*net));

	if (net == NULL)
		log_die("out of memory");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		log_die("libcurl does not start");
	net->arena = arena_new(OPTIONS_BYTES);
	net->epoll_fd = net->wake_fd = -1;
	net->max_in_flight = o->max_in_flight > 0 ? o->max_in_flight : MAX_IN_FLIGHT;
	net->ca_file = given(net, o->ca_file);
	net->smtp_url = given(net, o->smtp_url);
	net->smtp_user = given(net, o->smtp_user);
	net->smtp_password = given(net, o->smtp_password);
	net->smtp_from = arena_str(net->arena, o->smtp_from);
	net->drop_dir = given(net, o->drop_dir);
	if (networks_parse(net->arena, o->allow_networks, &net->allow, e) != 0 || loop_open(net, e) != 0) {
		release(net);
		return -1;
	}
	atomic_store(&net->beat_us, clock_mono_us());
	if (start(net, o, e) != 0) {
		release(net);
		return -1;
	}
	*out = net;
	return 0;
}

void net_close(struct net **np)
{
	struct net *net = *np;
	struct resolve_answer *a;

	*np = NULL;
	if (net == NULL)
		return;
	atomic_store(&net->stopping, true);
	loop_wake(net);
	pthread_join(net->thread, NULL);
	resolve_close(&net->resolver);
	a = atomic_exchange(&net->answers, NULL);
	while (a != NULL) {
		struct resolve_answer *next = a->next;

		free(a);
		a = next;
	}
	release(net);
}

void net_run(struct net *net, struct arena *a, const struct http_call *calls, struct http_reply *replies, size_t n, int64_t deadline_us)
{
	struct batch b = { .arena = a, .calls = calls, .replies = replies, .n = n, .deadline_us = deadline_us };

	b.start_us = clock_mono_us();
	if (b.deadline_us < b.start_us)
		b.deadline_us = b.start_us;
	batch_prepare(&b);
	if (b.open == 0)
		return;
	loop_post_batch(net, &b);
	/* It wakes us at the deadline at the latest. If it does not, our memory is still in its hands: there is no way on. */
	if (!batch_sleep(&b, b.deadline_us + (int64_t)STUCK_S * 1000000))
		log_die("the net thread does not answer");
	batch_read(&b);
}

void net_hand_over(struct net *net, struct arena *a, const struct http_call *call, struct http_reply *reply, int64_t deadline_us)
{
	int64_t start_us = clock_mono_us(), own_us = start_us + (int64_t)call->timeout_ms * 1000;

	*reply = (struct http_reply){ .end = HTTP_NOT_SENT, .why = HTTP_WHY_UNREACHABLE, .body = STR("") };
	if (call->timeout_ms > 0 && own_us < deadline_us)
		deadline_us = own_us;
	if (call->letter != NULL)
		mail_send(net, a, call->letter, reply, deadline_us);
	else if (call->drop != NULL)
		drop_write(net, call->drop, reply, deadline_us);
	reply->total_us = clock_mono_us() - start_us;
}

bool net_url_wellformed(struct str url, const char **why)
{
	struct url_place place;
	struct str origin;

	return url_scan(url, &origin, why) && url_place(origin, &place, why);
}

bool net_url_ok(const struct net *net, struct str url, const char **why)
{
	const char *reason = NULL;
	struct url_place place;
	struct str origin;

	if (why == NULL)
		why = &reason;
	if (!url_scan(url, &origin, why) || !url_place(origin, &place, why))
		return false;
	if (!place.literal || address_allowed(&net->allow, place.address, place.plain))
		return true;
	*why = place.plain && address_public(place.address) ? "plain http goes to allow_networks only"
	    : "its address is not public, nor in allow_networks";
	return false;
}

void net_stats(const struct net *net, struct net_stats *out)
{
	*out = (struct net_stats){
		.calls = atomic_load_explicit(&net->calls, memory_order_relaxed),
		.connects = atomic_load_explicit(&net->connects, memory_order_relaxed),
		.timeouts = atomic_load_explicit(&net->timeouts, memory_order_relaxed),
		.not_sent = atomic_load_explicit(&net->not_sent, memory_order_relaxed),
		.in_flight = atomic_load_explicit(&net->in_flight, memory_order_relaxed),
		.waiting = atomic_load_explicit(&net->waiting, memory_order_relaxed),
		.beat_us = atomic_load_explicit(&net->beat_us, memory_order_relaxed),
	};
}
