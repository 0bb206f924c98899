#include "config.h"
#include "fcgi-app/admin/admin.h"
#include "lib/base/clock.h"
#include "lib/store/config.h"

enum { WAIT_US = 1000000, STALE_US = 5000000 };

static struct value number(struct arena *a, int64_t i)
{
	return value_text(arena_printf(a, "%lld", (long long)i));
}

static void add_workers(struct app *app, struct arena *a, struct value *root)
{
	struct value list = page_list();
	int64_t now = clock_mono_us();

	for (int i = 0; i < SHM_WORKERS; i++) {
		const struct shm_worker *w = &app->shm->workers[i];
		int32_t pid = atomic_load(&w->pid);
		int64_t age = now - atomic_load(&w->beat_us);
		struct value *o;

		if (pid == 0)
			continue;
		o = page_add(a, &list);
		page_set(a, o, "role", value_text(arena_str(a, str_of(w->role))));
		page_set(a, o, "pid", number(a, pid));
		page_set(a, o, "busy", number(a, atomic_load(&w->busy)));
		page_set(a, o, "auctions", number(a, atomic_load(&w->auctions)));
		page_set(a, o, "generation", number(a, atomic_load(&w->generation)));
		page_set(a, o, "beat", value_text(arena_printf(a, "%lld ms ago", (long long)(age / 1000))));
		page_set(a, o, "well", value_bool(age < STALE_US));
	}
	page_set(a, root, "workers", list);
}

static void add_versions(struct app *app, const struct req *q, struct value *root)
{
	struct config_version *list;
	struct value versions = page_list();
	struct db *db = NULL;
	struct err e;
	size_t n = 0;
	bool good = db_take(app->pool, clock_mono_us() + WAIT_US, &db, &e) == 0;

	if (good) {
		good = config_list(db, q->arena, &list, &n, &e) == 0;
		db_give(app->pool, &db);
	}
	page_set(q->arena, root, "database", value_bool(good));
	for (size_t i = 0; good && i < n && i < 10; i++) {
		struct value *o = page_add(q->arena, &versions);

		page_set(q->arena, o, "version", number(q->arena, list[i].version));
		page_set(q->arena, o, "at", value_text(admin_when(q->arena, list[i].created_at)));
		page_set(q->arena, o, "author", value_text(list[i].author));
		page_set(q->arena, o, "in_force", value_bool(list[i].version == q->caller->snapshot->catalog->version));
	}
	page_set(q->arena, root, "versions", versions);
}

int admin_health(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct value root = admin_frame(q, "Health", "health");

	page_set(q->arena, &root, "program_version", value_text(STR(PACKAGE_VERSION)));
	page_set(q->arena, &root, "fresh", value_bool(snapshots_fresh(app->snapshots)));
	add_workers(app, q->arena, &root);
	add_versions(app, q, &root);
	return page_send(app->pages, r, 200, "admin/health", &root, NULL, e);
}
