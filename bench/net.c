/*
 * The fan-out alone: THREADS request threads each run auctions of CALLS calls to URL for SECONDS.
 *
 *	bench/bench_net URL THREADS CALLS SECONDS
 *
 * Prints calls per second, the median and the 99th percentile of an auction in microseconds, and the calls that did not succeed.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/net/net.h"

enum { SAMPLES = 100000, CALLS_MAX = 100, THREADS_MAX = 1024 };

struct run {
	struct net *net;
	struct str url;
	size_t calls;
	int64_t end_us;
	atomic_uint_fast64_t good, bad, auctions;
	int64_t samples[SAMPLES];
};

static void auction(struct run *run, struct arena *a)
{
	static struct http_header headers[] = { { STR_INIT("Content-Type"), STR_INIT("application/json") } };
	struct http_call calls[CALLS_MAX];
	struct http_reply replies[CALLS_MAX];
	int64_t start = clock_mono_us();
	uint64_t at;

	for (size_t i = 0; i < run->calls; i++)
		calls[i] = (struct http_call){ .method = STR("POST"), .url = run->url, .headers = { headers, 1 },
		    .body = STR("{\"zip\":\"90210\",\"state\":\"CA\"}"), .timeout_ms = 1000, .max_reply = 65536 };
	net_run(run->net, a, calls, replies, run->calls, start + 1000000);
	for (size_t i = 0; i < run->calls; i++)
		atomic_fetch_add(replies[i].end == HTTP_DONE && replies[i].status == 200 ? &run->good : &run->bad, 1);
	at = atomic_fetch_add(&run->auctions, 1);
	run->samples[at % SAMPLES] = clock_mono_us() - start;
}

static void *work(void *arg)
{
	struct arena *a = arena_new(4 * 1024 * 1024);
	struct run *run = arg;

	while (clock_mono_us() < run->end_us) {
		auction(run, a);
		arena_reset(a);
	}
	arena_free(&a);
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	struct net_options o = { .allow_networks = STR("127.0.0.0/8") };
	struct run *run = calloc(1, sizeof(*run));
	pthread_t threads[THREADS_MAX];
	int64_t start, n_threads = 0, calls = 0, seconds = 0, took;
	struct net_stats stats;
	struct err e;
	size_t n;

	if (run == NULL || argc != 5 || !str_to_i64(str_of(argv[2]), &n_threads) || !str_to_i64(str_of(argv[3]), &calls)
	    || !str_to_i64(str_of(argv[4]), &seconds) || n_threads < 1 || n_threads > THREADS_MAX || calls < 1 || calls > CALLS_MAX) {
		fprintf(stderr, "usage: bench_net URL THREADS CALLS SECONDS\n");
		return 2;
	}
	if (net_open(&o, &run->net, &e) != 0) {
		fprintf(stderr, "bench_net: %s\n", e.msg);
		return 1;
	}
	run->url = str_of(argv[1]);
	run->calls = (size_t)calls;
	start = clock_mono_us();
	run->end_us = start + seconds * 1000000;
	for (int64_t i = 0; i < n_threads; i++)
		if (pthread_create(&threads[i], NULL, work, run) != 0)
			return 1;
	for (int64_t i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	took = clock_mono_us() - start;
	n = run->auctions < SAMPLES ? run->auctions : SAMPLES;
	qsort(run->samples, n, sizeof(run->samples[0]), by_size);
	net_stats(run->net, &stats);
	printf("%.0f calls/s, auction p50 %ld us, p99 %ld us, %lu failed, %lu connections\n", (double)run->good * 1e6 / (double)took,
	    (long)run->samples[n / 2], (long)run->samples[n * 99 / 100], (unsigned long)run->bad, (unsigned long)stats.connects);
	net_close(&run->net);
	free(run);
	return 0;
}
