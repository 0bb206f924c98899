#include <stdlib.h>

#include "config.h"
#include "fcgi-app/admin/admin.h"
#include "lib/base/clock.h"
#include "lib/store/config.h"
#include "lib/store/report.h"

enum { WAIT_US = 1000000, STALE_US = 5000000, VERSIONS_SHOWN = 10, JOBS_MAX = 64 };

#define JOB_RUN "gavel_job_last_run_timestamp_seconds{job=\""

static struct value number(struct arena *a, int64_t i)
{
	return value_text(arena_printf(a, "%lld", (long long)i));
}

/* "340 ms", "12 s", "5 min", "3 h": how long ago or how long. */
static struct str duration(struct arena *a, int64_t us)
{
	int64_t s = us / 1000000;

	if (s < 1)
		return arena_printf(a, "%lld ms", (long long)(us > 0 ? us / 1000 : 0));
	if (s < 120)
		return arena_printf(a, "%lld s", (long long)s);
	return s < 7200 ? arena_printf(a, "%lld min", (long long)(s / 60)) : arena_printf(a, "%lld h", (long long)(s / 3600));
}

static void add_worker(struct arena *a, struct value *list, const struct shm_worker *w, int32_t pid, int64_t version)
{
	int64_t age = clock_mono_us() - atomic_load(&w->beat_us), config = atomic_load(&w->config);
	int32_t rows = atomic_load(&w->rows_waiting);
	struct value *o = page_add(a, list);

	page_set(a, o, "role", value_text(arena_str(a, str_of(w->role))));
	page_set(a, o, "pid", number(a, pid));
	page_set(a, o, "busy", number(a, atomic_load(&w->busy)));
	page_set(a, o, "auctions", number(a, atomic_load(&w->auctions)));
	page_set(a, o, "calls", number(a, atomic_load(&w->calls_in_flight) + atomic_load(&w->calls_waiting)));
	page_set(a, o, "rows", value_text(rows > 0 ? arena_printf(a, "%d, oldest %.*s", rows,
	    STR_ARG(duration(a, atomic_load(&w->row_oldest_us)))) : STR("0")));
	page_set(a, o, "connections", value_text(arena_printf(a, "%d of %d", atomic_load(&w->db_out), atomic_load(&w->db_size))));
	page_set(a, o, "config", value_text(config > 0 ? arena_printf(a, "%lld", (long long)config) : STR("–")));
	page_set(a, o, "behind", value_bool(config > 0 && config != version));
	page_set(a, o, "beat", value_text(arena_printf(a, "%.*s ago", STR_ARG(duration(a, age)))));
	page_set(a, o, "well", value_bool(age < STALE_US));
}

static void add_workers(struct app *app, const struct req *q, struct value *root)
{
	struct value list = page_list();

	for (int i = 0; i < SHM_WORKERS; i++) {
		const struct shm_worker *w = &app->shm->workers[i];
		int32_t pid = atomic_load(&w->pid);

		if (pid != 0)
			add_worker(q->arena, &list, w, pid, q->caller->snapshot->catalog->version);
	}
	page_set(q->arena, root, "workers", list);
}

static int compare_jobs(const void *left, const void *right)
{
	return strcmp(shm_counter_name(*(const struct shm_counter *const *)left), shm_counter_name(*(const struct shm_counter *const *)right));
}

/* When each job last ended well, as the runners of this instance tell it. */
static void add_jobs(struct app *app, const struct req *q, struct value *root)
{
	const struct shm_counter **jobs = arena_array_of(q->arena, JOBS_MAX, const struct shm_counter *);
	struct value list = page_list();
	size_t n = 0;

	for (int i = 0; i < SHM_COUNTERS && n < JOBS_MAX; i++) {
		const char *name = shm_counter_name(&app->shm->counters[i]);

		if (name != NULL && str_starts(str_of(name), STR(JOB_RUN)))
			jobs[n++] = &app->shm->counters[i];
	}
	qsort(jobs, n, sizeof(jobs[0]), compare_jobs);
	for (size_t i = 0; i < n; i++) {
		const char *name = shm_counter_name(jobs[i]) + sizeof(JOB_RUN) - 1;
		int64_t at = (int64_t)atomic_load(&jobs[i]->value) * 1000000;
		struct value *o = page_add(q->arena, &list);

		page_set(q->arena, o, "name", value_text(arena_str(q->arena, (struct str){ name, strcspn(name, "\"") })));
		page_set(q->arena, o, "at", value_text(admin_when(q->arena, at)));
		page_set(q->arena, o, "ago", value_text(duration(q->arena, q->wall_us - at)));
	}
	page_set(q->arena, root, "jobs", list);
}

static void add_versions(const struct req *q, struct value *root, const struct config_version *list, size_t n)
{
	struct value versions = page_list();

	for (size_t i = 0; i < n && i < VERSIONS_SHOWN; i++) {
		struct value *o = page_add(q->arena, &versions);

		page_set(q->arena, o, "version", number(q->arena, list[i].version));
		page_set(q->arena, o, "at", value_text(admin_when(q->arena, list[i].created_at)));
		page_set(q->arena, o, "author", value_text(list[i].author));
		page_set(q->arena, o, "in_force", value_bool(list[i].version == q->caller->snapshot->catalog->version));
	}
	page_set(q->arena, root, "versions", versions);
}

/* What only the database knows; the page is there without it. */
static void add_database(struct app *app, const struct req *q, struct value *root)
{
	struct config_version *list = NULL;
	struct db *db = NULL;
	struct err e;
	int64_t counted = 0;
	size_t n = 0;
	bool good = db_take(app->pool, clock_mono_us() + WAIT_US, &db, &e) == 0;

	if (good) {
		good = config_list(db, q->arena, &list, &n, &e) == 0 && report_fresh(db, clock_wall_us(), &counted, &e) == 0;
		db_give(app->pool, &db);
	}
	page_set(q->arena, root, "database", value_bool(good));
	page_set(q->arena, root, "counted", value_text(counted > 0 ?
	    arena_printf(q->arena, "%.*s, %.*s ago", STR_ARG(admin_when(q->arena, counted)), STR_ARG(duration(q->arena, q->wall_us - counted))) :
	    STR("nothing yet")));
	add_versions(q, root, list, good ? n : 0);
}

int admin_health(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct value root = admin_frame(q, "Health", "health");

	page_set(q->arena, &root, "program_version", value_text(STR(PACKAGE_VERSION)));
	page_set(q->arena, &root, "fresh", value_bool(snapshots_fresh(app->snapshots)));
	add_workers(app, q, &root);
	add_jobs(app, q, &root);
	add_database(app, q, &root);
	admin_webhook_health(app, q, &root);
	return page_send(app->pages, r, 200, "admin/health", &root, NULL, e);
}
