#include "lib/catalog/snapshot.h"

#include <stdatomic.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/thread.h"
#include "lib/store/config.h"
#include "lib/store/key.h"
#include "lib/store/signing_secret.h"
#include "lib/wire/json.h"

enum {
	POLL_MS = 400,            /* a new version is in force within a second */
	TAKE_MS = 300,            /* how long the thread waits for a connection, each time */
	START_MS = 10000,
	FRESH_MS = 5000
};

#define LOAD_ARENA_MAX ((size_t)2 << 30)
#define KEYS_ARENA_MAX ((size_t)256 << 20)

struct snapshots {
	struct arena *arena;
	struct db_pool *pool;
	struct keyring keys;
	struct ticker ticker;
	struct newest newest;
	_Atomic int64_t seen_ms;      /* monotonic: the database was last there */
	/* the thread's own */
	struct db *db;
	struct config_marks marks;    /* of the newest */
	struct config_marks refused;  /* a version that can't be loaded: said once, not tried again */
	bool lost;                    /* the database: said once */
};

/* What a load reads, on an arena of its own that is gone afterwards. */
struct load {
	struct db *db;
	struct arena *a;
	const struct keyring *keys;
	struct config_version version;
	struct catalog_names names;
	struct key_row *rows;
	size_t n_rows;
};

static int read_document(struct load *l, struct value *out, struct err *e)
{
	static const struct str empty = STR_INIT("{\"gavel\":1}");

	switch (config_current(l->db, l->a, &l->version, e)) {
	case FOUND_ERR:
		return -1;
	case FOUND_NO:
		l->version = (struct config_version){ .document = empty };
		break;
	case FOUND_YES:
		break;
	}
	return json_parse(l->a, l->version.document, JSON_DEPTH_CONFIG, out, e);
}

static int read_names(struct load *l, struct err *e)
{
	struct map *numbers[NAMED__N] = { NULL };
	struct map *secrets = NULL;

	if (config_names(l->db, l->a, false, numbers, e) != 0 || config_secrets(l->db, l->a, l->keys, &secrets, e) != 0)
		return -1;
	l->names = (struct catalog_names){ .campaigns = numbers[NAMED_CAMPAIGN], .sellers = numbers[NAMED_SELLER],
		.buyers = numbers[NAMED_BUYER], .contracts = numbers[NAMED_CONTRACT], .channels = numbers[NAMED_CHANNEL],
		.secrets = secrets };
	return key_list(l->db, l->a, false, &l->rows, &l->n_rows, e);
}

static int compile(const struct load *l, const struct value *document, struct catalog **out, struct err *e)
{
	struct faults *f = arena_new_of(l->a, struct faults);

	faults_init(f, l->a);
	if (catalog_compile(document, &l->names, f, NULL, out) != 0)
		return err_set(e, ERR_CONFIG, "version %lld of the configuration: #%.*s: %.*s", (long long)l->version.version,
		    STR_ARG(f->list[0].pointer), STR_ARG(f->list[0].detail));
	(*out)->version = l->version.version;
	return 0;
}

/* A key of a seller that is no longer there opens nothing. */
static void keep_key(struct snapshot *s, struct map *keys, const struct key_row *row)
{
	const struct seller *seller = row->seller_id != 0 ? map_get(s->catalog->by_seller, row->seller) : NULL;
	struct api_key *key;

	if ((row->seller_id != 0 && seller == NULL) || row->id.n != sizeof(key->id) - 1)
		return;
	key = arena_new_of(s->held.arena, struct api_key);
	memcpy(key->id, row->id.p, row->id.n);
	memcpy(key->hash, row->hash, sizeof(key->hash));
	key->seller = seller;
	key->sandbox = row->sandbox;
	key->scopes = row->scopes;
	key->must_sign = row->must_sign;
	map_put(keys, (struct str){ key->id, row->id.n }, key);
}

static void drop_catalog(void *catalog)
{
	struct catalog *c = catalog;

	catalog_free(&c);
}

static struct snapshot *make(const struct load *l, struct catalog *catalog, struct err *e)
{
	struct arena *a = arena_new(KEYS_ARENA_MAX);
	struct snapshot *s = arena_new_of(a, struct snapshot);
	struct map *keys = map_new(a);

	held_init(&s->held, a);
	arena_defer(a, drop_catalog, catalog);
	s->catalog = catalog;
	for (size_t i = 0; i < l->n_rows; i++)
		keep_key(s, keys, &l->rows[i]);
	s->keys = keys;
	if (signing_secret_list(l->db, a, l->keys, "buyer_postback", &s->postback_secrets, e) != 0 ||
	    signing_secret_list(l->db, a, l->keys, "buyer_token", &s->postback_tokens, e) != 0)
		snapshot_give(&s);
	return s;
}

int snapshot_load(struct db *db, const struct keyring *keys, struct snapshot **out, struct err *e)
{
	struct load l = { .db = db, .a = arena_new(LOAD_ARENA_MAX), .keys = keys };
	struct catalog *catalog = NULL;
	struct value document;
	int failed;

	failed = read_document(&l, &document, e) != 0 || read_names(&l, e) != 0 || compile(&l, &document, &catalog, e) != 0;
	if (!failed)
		failed = (*out = make(&l, catalog, e)) == NULL;
	arena_free(&l.a);
	return failed ? -1 : 0;
}

int catalog_of_version(struct db *db, int64_t version, struct catalog **out, struct err *e)
{
	struct load l = { .db = db, .a = arena_new(LOAD_ARENA_MAX) };
	struct map *numbers[NAMED__N] = { NULL };
	struct value document;
	enum found found = config_get(db, l.a, version, &l.version, e);
	int failed = found != FOUND_YES;

	if (found == FOUND_NO)
		err_set(e, ERR_NOT_FOUND, "there is no version %lld of the configuration", (long long)version);
	if (!failed)
		failed = json_parse(l.a, l.version.document, JSON_DEPTH_CONFIG, &document, e) != 0 || config_names(db, l.a, true, numbers, e) != 0;
	l.names = (struct catalog_names){ .campaigns = numbers[NAMED_CAMPAIGN], .sellers = numbers[NAMED_SELLER], .buyers = numbers[NAMED_BUYER],
		.contracts = numbers[NAMED_CONTRACT], .channels = numbers[NAMED_CHANNEL] };
	if (!failed)
		failed = compile(&l, &document, out, e) != 0;
	arena_free(&l.a);
	return failed ? -1 : 0;
}

struct snapshot *snapshot_take(struct snapshots *s)
{
	return (struct snapshot *)newest_take(&s->newest);
}

void snapshot_give(struct snapshot **sp)
{
	struct snapshot *s = *sp;

	*sp = NULL;
	if (s != NULL)
		held_give(&s->held);
}

bool snapshots_fresh(const struct snapshots *s)
{
	return clock_mono_ms() - atomic_load_explicit(&s->seen_ms, memory_order_relaxed) <= FRESH_MS;
}

static bool same(const struct config_marks *a, const struct config_marks *b)
{
	return a->version == b->version && a->changes == b->changes;
}

static void now_lost(struct snapshots *s, const struct err *e)
{
	if (s->db != NULL)
		db_give(s->pool, &s->db);
	if (!s->lost)
		log_err("configuration: the database is lost; the version in force stays", e);
	s->lost = true;
}

static void now_seen(struct snapshots *s)
{
	atomic_store_explicit(&s->seen_ms, clock_mono_ms(), memory_order_relaxed);
	if (s->lost)
		log_info("configuration: the database is back", LOG_END);
	s->lost = false;
}

/* The marks are read before the load: what changes in between is seen by the next look. */
static void load_newer(struct snapshots *s, const struct config_marks *marks)
{
	struct snapshot *new = NULL;
	struct err e = { 0 };
	int64_t start = clock_mono_ms();

	if (snapshot_load(s->db, &s->keys, &new, &e) == 0) {
		s->marks = *marks;
		log_info("configuration in force", LOG_INT("version", new->catalog->version),
		    LOG_INT("ms", clock_mono_ms() - start), LOG_END);
		newest_put(&s->newest, &new->held);
		now_seen(s);
	} else if (e.kind == ERR_CONFIG || e.kind == ERR_MALFORMED) {
		s->refused = *marks;
		log_err("configuration: the new version can't be used; the old one stays", &e);
	} else {
		now_lost(s, &e);
	}
}

static void look(void *self)
{
	struct snapshots *s = self;
	struct config_marks marks;
	struct err e = { 0 };

	if (s->db == NULL && db_take(s->pool, clock_mono_us() + TAKE_MS * 1000, &s->db, &e) != 0) {
		now_lost(s, &e);
		return;
	}
	if (config_marks_read(s->db, &marks, &e) != 0) {
		now_lost(s, &e);
		return;
	}
	now_seen(s);
	if (!same(&marks, &s->marks) && !same(&marks, &s->refused))
		load_newer(s, &marks);
}

static int first_load(struct snapshots *s, struct err *e)
{
	struct snapshot *first = NULL;
	int failed;

	if (db_take(s->pool, clock_mono_us() + (int64_t)START_MS * 1000, &s->db, e) != 0)
		return -1;
	failed = config_marks_read(s->db, &s->marks, e) != 0 || snapshot_load(s->db, &s->keys, &first, e) != 0;
	if (failed)
		db_give(s->pool, &s->db);
	else
		newest_put(&s->newest, &first->held);
	atomic_init(&s->seen_ms, clock_mono_ms());
	return failed ? -1 : 0;
}

static void release(struct snapshots *s)
{
	struct arena *a = s->arena;

	if (s->db != NULL)
		db_give(s->pool, &s->db);
	newest_end(&s->newest);
	arena_free(&a);
}

int snapshots_open(struct db_pool *pool, const struct keyring *keys, struct snapshots **out, struct err *e)
{
	struct arena *a = arena_new(sizeof(struct snapshots) + 4096);
	struct snapshots *s = arena_new_of(a, struct snapshots);
	int failed;

	s->arena = a;
	s->pool = pool;
	s->keys = *keys;
	s->refused.version = -1;
	newest_init(&s->newest);
	failed = first_load(s, e);
	if (failed == 0) {
		failed = ticker_start(&s->ticker, POLL_MS, look, s);
		if (failed != 0)
			err_set(e, ERR_IO, "can't start the thread that watches the configuration: %s", strerror(failed));
	}
	if (failed != 0) {
		release(s);
		return -1;
	}
	*out = s;
	return 0;
}

void snapshots_close(struct snapshots **sp)
{
	struct snapshots *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	ticker_stop(&s->ticker);
	release(s);
}
