/*
 * shm: one shared mapping per instance, a file in the run folder: rate limits, breaker state, heartbeats and counters that every
 * process of the instance sees. Plain atomics, no locks, so that a process that dies in the middle leaves nothing held.
 */
#ifndef GAVEL_BASE_SHM_H
#define GAVEL_BASE_SHM_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/base/str.h"

struct err;

enum {
	SHM_CELLS = 16384,   /* rate-limit cells */
	SHM_COUNTERS = 2048, /* named counters and gauges */
	SHM_TIMINGS = 256,   /* histograms of how long requests took */
	SHM_BUCKETS = 12,    /* of each; the last is for what is longer than any bound */
	SHM_WORKERS = 256,   /* heartbeats */
	SHM_BREAKERS = 8192  /* two for each contract, by hash of its key */
};

struct shm_cell {
	_Atomic uint64_t who; /* keyed hash of what is limited; 0 = free */
	_Atomic int64_t until; /* its owner's: lib/web/limit */
};

struct shm_counter {
	_Atomic uint64_t hash; /* of the name; 0 = free */
	_Atomic uint64_t value;
	char name[112]; /* by shm_counter_name; Prometheus spelling with labels: gavel_pings_total{status="matched"} */
};

/* Requests of one route by how long they took. */
struct shm_timing {
	_Atomic uint64_t hash; /* of the labels; 0 = free */
	_Atomic uint64_t sum_us, count, of[SHM_BUCKETS];
	char labels[96];       /* by shm_timing_labels; Prometheus spelling: pool="api",route="/v1/ping" */
};

struct shm_worker {
	_Atomic int32_t pid; /* 0 = free */
	_Atomic int32_t generation;
	_Atomic int64_t beat_us;  /* monotonic; written at least once a second, and by then not older than the net thread's */
	_Atomic int64_t net_us;   /* when the net thread last went round; 0: there is none */
	_Atomic int32_t busy;     /* requests in work */
	_Atomic int32_t auctions; /* auctions in flight */
	_Atomic int64_t config;   /* the configuration version it works with */
	_Atomic int32_t db_out, db_size;               /* database connections in use, and the pool's size */
	_Atomic int32_t calls_in_flight, calls_waiting; /* to buyers */
	_Atomic int32_t rows_waiting;                  /* pings and postbacks for their commit */
	_Atomic int64_t row_oldest_us;                 /* how long the oldest of them has waited */
	char role[24];            /* api, event, sandbox, admin, jobs */
};

struct shm_breaker {
	_Atomic uint64_t hash;    /* of step and key; 0 = free */
	_Atomic uint64_t state;   /* packed by its owner: exchange/breaker */
	_Atomic uint32_t changes; /* how often it opened or closed */
	_Atomic uint32_t told;    /* how many of these gavel-jobs has told of */
	_Atomic char step;        /* 'p' or 's' */
	char name[71];            /* by shm_breaker_name */
};

/* What waits to be told of, as gavel-jobs of this instance last saw it in the database. */
struct shm_outbox {
	_Atomic int64_t rows;
	_Atomic int64_t oldest_us; /* wall time of the oldest; 0: there is none */
	_Atomic int64_t seen_us;   /* wall time; 0: never */
};

struct shm {
	_Atomic uint64_t magic; /* layout version; a file of another layout is made anew */
	uint64_t secret; /* for hashes that nobody outside may foresee; made with the mapping */
	struct shm_cell cells[SHM_CELLS];
	struct shm_counter counters[SHM_COUNTERS];
	struct shm_timing timings[SHM_TIMINGS];
	struct shm_worker workers[SHM_WORKERS];
	struct shm_breaker breakers[SHM_BREAKERS];
	struct shm_outbox outbox;
};

/* Maps the file (made with mode 0600 when it is missing). The mapping lives as long as the process. */
int shm_open_file(const char *path, struct shm **out, struct err *e);
/* An anonymous mapping for tests and one-process tools. */
struct shm *shm_private(void);
/* Gives back the cells of processes that are gone. Nobody else does so for one that was killed: it would be silent for ever. */
void shm_free_dead(struct shm *s);
/* Finds or makes a counter; when the table is full, a spare cell that is not shown. Never NULL. */
struct shm_counter *shm_counter(struct shm *s, const char *name);
/* The name to show a counter under, or NULL: free, spare, or not wholly named yet. */
const char *shm_counter_name(const struct shm_counter *c);
void shm_count(struct shm *s, const char *name, uint64_t by);
/* Sets a gauge of that name. */
void shm_set(struct shm *s, const char *name, uint64_t value);
/* Upper bounds of the buckets in milliseconds, SHM_BUCKETS - 1 of them. */
extern const int shm_bounds_ms[SHM_BUCKETS - 1];
/* One request of those labels. When the table is full it is counted in a spare cell that is not shown. */
void shm_time(struct shm *s, const char *labels, int64_t us);
/* The labels, or NULL: free, spare, or not wholly named yet. */
const char *shm_timing_labels(const struct shm_timing *t);
/* Finds or makes the breaker of a contract's step ('p' ping, 's' post) by the contract's key; NULL when the table is full. */
struct shm_breaker *shm_breaker(struct shm *s, char step, struct str key);
/* The contract's key, or NULL: free, or not wholly named yet. A key longer than its place is cut. */
const char *shm_breaker_name(const struct shm_breaker *b);

#endif
