/*
 * GET /metrics: Prometheus' text format 0.0.4, from the shared mapping: one worker answers for every process of its instance.
 */
#include <stdlib.h>

#include "config.h"
#include "fcgi-app/api/handlers.h"
#include "lib/base/clock.h"
#include "lib/exchange/breaker.h"

enum { ROLES_MAX = 16, STALE_US = 5000000, NONE = -1 };

static const struct {
	const char *family, *help;
} helps[] = {
	{ "gavel_requests_total", "Requests answered, by pool, route and class of status." },
	{ "gavel_pings_total", "Auctions held, by their outcome: pings, direct leads and leads offered again." },
	{ "gavel_bids_total", "Contracts' answers with a price, and fixed prices." },
	{ "gavel_bid_timeouts_total", "Contracts that were asked and did not answer in time." },
	{ "gavel_posts_total", "Leads posted, by what became of them at once." },
	{ "gavel_sales_total", "Attempts to sell a lead to a contract, by the state that the post left them in; pending: the outcome is not known." },
	{ "gavel_buyer_calls_total", "Calls made to buyers and others outside." },
	{ "gavel_buyer_connects_total", "Connections opened for them." },
	{ "gavel_buyer_timeouts_total", "Calls that had no whole answer in time." },
	{ "gavel_buyer_not_sent_total", "Calls of which provably nothing was sent." },
	{ "gavel_messages_total", "Webhooks, affiliates' postbacks and loss notices sent, by result; retry: it is sent again later." },
	{ "gavel_recovered_attempts_total", "Attempts that a dead worker had left open." },
	{ "gavel_job_runs_total", "Runs of each job of gavel-jobs." },
	{ "gavel_job_last_run_timestamp_seconds", "When each job last ended well." },
};

/* Gauges of one pool, summed over its workers; times and versions: the worst of them. */
struct pool_sum {
	const char *role;
	int64_t alive, silent, busy, auctions, db_out, db_size, calls, calls_waiting, rows, row_oldest_us, config;
	int64_t net_age_us; /* NONE: no process of the pool has a net thread */
};

static const struct gauge {
	const char *name, *help;
	size_t at;
	bool micros;
} gauges[] = {
	{ "gavel_workers", "Processes whose heart beats, by pool.", offsetof(struct pool_sum, alive), false },
	{ "gavel_workers_silent", "Processes without a heartbeat for five seconds.", offsetof(struct pool_sum, silent), false },
	{ "gavel_requests_in_work", "Requests being answered.", offsetof(struct pool_sum, busy), false },
	{ "gavel_auctions_in_flight", "Auctions and posts under way.", offsetof(struct pool_sum, auctions), false },
	{ "gavel_db_connections_in_use", "Connections taken from the pools.", offsetof(struct pool_sum, db_out), false },
	{ "gavel_db_connections_max", "Connections that the pools may open.", offsetof(struct pool_sum, db_size), false },
	{ "gavel_buyer_calls_in_flight", "Calls to buyers under way.", offsetof(struct pool_sum, calls), false },
	{ "gavel_buyer_calls_waiting", "Calls that wait for a name or their turn.", offsetof(struct pool_sum, calls_waiting), false },
	{ "gavel_net_heartbeat_age_seconds", "How long ago the slowest net thread, which makes the calls to buyers, last went round.", offsetof(struct pool_sum, net_age_us), true },
	{ "gavel_writer_rows_waiting", "Pings and postbacks that wait for their commit.", offsetof(struct pool_sum, rows), false },
	{ "gavel_writer_oldest_wait_seconds", "How long the oldest of them has waited.", offsetof(struct pool_sum, row_oldest_us), true },
	{ "gavel_config_version", "The oldest version of the configuration that a worker of the pool works with.", offsetof(struct pool_sum, config), false },
};

static void add_head(struct buf *b, struct str family, const char *help, const char *type)
{
	if (help != NULL)
		buf_addf(b, "# HELP %.*s %s\n", STR_ARG(family), help);
	buf_addf(b, "# TYPE %.*s %s\n", STR_ARG(family), type);
}

static void add_micros(struct buf *b, uint64_t us)
{
	buf_addf(b, "%llu.%06llu\n", (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000));
}

static struct str family_of(const char *name)
{
	return (struct str){ name, strcspn(name, "{") };
}

static int compare_names(const void *left, const void *right)
{
	const char *a = shm_counter_name(*(const struct shm_counter *const *)left), *b = shm_counter_name(*(const struct shm_counter *const *)right);
	int by = str_cmp(family_of(a), family_of(b));

	return by != 0 ? by : strcmp(a, b);
}

static const char *help_of(struct str family)
{
	for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++)
		if (str_is(family, helps[i].family))
			return helps[i].help;
	return NULL;
}

/* Named counters: what ends in _total only grows, the others are gauges. */
static void add_counters(struct buf *b, struct arena *a, const struct shm *shm)
{
	const struct shm_counter **list = arena_array_of(a, SHM_COUNTERS, const struct shm_counter *);
	struct str family = STR("");
	size_t n = 0;

	for (int i = 0; i < SHM_COUNTERS; i++)
		if (shm_counter_name(&shm->counters[i]) != NULL)
			list[n++] = &shm->counters[i];
	qsort(list, n, sizeof(*list), compare_names);
	for (size_t i = 0; i < n; i++) {
		const char *name = shm_counter_name(list[i]);
		struct str own = family_of(name);

		if (!str_eq(own, family)) {
			bool total = own.n > 6 && str_is((struct str){ own.p + own.n - 6, 6 }, "_total");

			add_head(b, own, help_of(own), total ? "counter" : "gauge");
			family = own;
		}
		buf_addf(b, "%s %llu\n", name, (unsigned long long)atomic_load(&list[i]->value));
	}
}

/* A reader wants each bucket with all below it, and the last equal to the count, however many requests end meanwhile. */
static void add_timing(struct buf *b, const struct shm_timing *t, const char *labels)
{
	uint64_t sum_us = atomic_load(&t->sum_us), below = 0;

	for (int i = 0; i < SHM_BUCKETS; i++) {
		below += atomic_load(&t->of[i]);
		buf_addf(b, "gavel_request_duration_seconds_bucket{%s,le=\"", labels);
		if (i < SHM_BUCKETS - 1)
			buf_addf(b, "%d.%03d\"} %llu\n", shm_bounds_ms[i] / 1000, shm_bounds_ms[i] % 1000, (unsigned long long)below);
		else
			buf_addf(b, "+Inf\"} %llu\n", (unsigned long long)below);
	}
	buf_addf(b, "gavel_request_duration_seconds_sum{%s} ", labels);
	add_micros(b, sum_us);
	buf_addf(b, "gavel_request_duration_seconds_count{%s} %llu\n", labels, (unsigned long long)below);
}

static void add_timings(struct buf *b, const struct shm *shm)
{
	add_head(b, STR("gavel_request_duration_seconds"), "How long requests took, from their last byte's arrival to the answer.", "histogram");
	for (int i = 0; i < SHM_TIMINGS; i++) {
		const char *labels = shm_timing_labels(&shm->timings[i]);

		if (labels != NULL)
			add_timing(b, &shm->timings[i], labels);
	}
}

static struct pool_sum *pool_of(struct pool_sum *list, size_t *n, const char *role)
{
	size_t i = 0;

	while (i < *n && strcmp(list[i].role, role) != 0)
		i++;
	if (i == ROLES_MAX)
		return NULL;
	if (i == *n)
		list[(*n)++] = (struct pool_sum){ .role = role, .config = INT64_MAX, .net_age_us = NONE };
	return &list[i];
}

static void add_worker(struct pool_sum *to, const struct shm_worker *w, int64_t now)
{
	int64_t oldest = atomic_load(&w->row_oldest_us), config = atomic_load(&w->config), net_us = atomic_load(&w->net_us);

	/* Of silent ones too: it may be why they are. */
	if (net_us != 0 && now - net_us > to->net_age_us)
		to->net_age_us = now - net_us;
	if (now - atomic_load(&w->beat_us) >= STALE_US) {
		to->silent++;
		return;
	}
	to->alive++;
	to->busy += atomic_load(&w->busy);
	to->auctions += atomic_load(&w->auctions);
	to->db_out += atomic_load(&w->db_out);
	to->db_size += atomic_load(&w->db_size);
	to->calls += atomic_load(&w->calls_in_flight);
	to->calls_waiting += atomic_load(&w->calls_waiting);
	to->rows += atomic_load(&w->rows_waiting);
	to->row_oldest_us = oldest > to->row_oldest_us ? oldest : to->row_oldest_us;
	to->config = config < to->config ? config : to->config;
}

static void add_gauges(struct buf *b, const struct shm *shm)
{
	struct pool_sum pools[ROLES_MAX] = { { 0 } };
	int64_t now = clock_mono_us();
	size_t n = 0;

	for (int i = 0; i < SHM_WORKERS; i++) {
		const struct shm_worker *w = &shm->workers[i];
		struct pool_sum *to = atomic_load(&w->pid) != 0 && w->role[0] != '\0' ? pool_of(pools, &n, w->role) : NULL;

		if (to != NULL)
			add_worker(to, w, now);
	}
	for (size_t g = 0; g < sizeof(gauges) / sizeof(gauges[0]); g++) {
		add_head(b, str_of(gauges[g].name), gauges[g].help, "gauge");
		for (size_t i = 0; i < n; i++) {
			int64_t v = *(const int64_t *)(const void *)((const char *)&pools[i] + gauges[g].at);

			if (v == NONE)
				continue;
			buf_addf(b, "%s{pool=\"%s\"} ", gauges[g].name, pools[i].role);
			if (gauges[g].micros)
				add_micros(b, (uint64_t)v);
			else
				buf_addf(b, "%lld\n", (long long)(v == INT64_MAX ? 0 : v));
		}
	}
}

/* Nothing of it on a machine without gavel-jobs: another one's tells. */
static void add_outbox(struct buf *b, const struct shm_outbox *o)
{
	int64_t oldest_us = atomic_load(&o->oldest_us), age_us = oldest_us != 0 ? clock_wall_us() - oldest_us : 0;

	if (atomic_load(&o->seen_us) == 0)
		return;
	add_head(b, STR("gavel_outbox_rows"), "Events that gavel-jobs has not yet made messages of; 100000: that many or more.", "gauge");
	buf_addf(b, "gavel_outbox_rows %lld\n", (long long)atomic_load(&o->rows));
	add_head(b, STR("gavel_outbox_oldest_age_seconds"), "How long the oldest of them has waited, as last seen; 0: there is none.", "gauge");
	buf_add_cstr(b, "gavel_outbox_oldest_age_seconds ");
	add_micros(b, age_us > 0 ? (uint64_t)age_us : 0);
}

/* Each contract's circuits of this instance, once something of theirs was called. */
static void add_circuits(struct buf *b, const struct shm *shm)
{
	add_head(b, STR("gavel_circuit_open"), "1 while calls of this step to the contract's buyer are rested.", "gauge");
	for (int i = 0; i < SHM_BREAKERS; i++) {
		const struct shm_breaker *c = &shm->breakers[i];
		const char *name = atomic_load(&c->hash) != 0 && atomic_load(&c->state) != 0 ? shm_breaker_name(c) : NULL;

		if (name != NULL)
			buf_addf(b, "gavel_circuit_open{contract=\"%s\",step=\"%s\"} %d\n", name, c->step == 'p' ? "ping" : "post",
			    breaker_is_open(atomic_load(&c->state)));
	}
}

int api_metrics(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct buf *b = &r->body;

	(void)e;
	r->status = 200;
	r->content_type = STR("text/plain; version=0.0.4; charset=utf-8");
	resp_set_header(r, "Cache-Control", STR("no-store"));
	add_head(b, STR("gavel_build_info"), "The version of the program that answers.", "gauge");
	buf_addf(b, "gavel_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	add_gauges(b, app->shm);
	add_outbox(b, &app->shm->outbox);
	add_circuits(b, app->shm);
	add_counters(b, q->arena, app->shm);
	add_timings(b, app->shm);
	return 0;
}
