/*
 * The configuration on a real server: applied, exported, rolled back, by several at once; and the snapshot that workers hold of it.
 */
#include <pthread.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/catalog/apply.h"
#include "lib/catalog/snapshot.h"
#include "lib/store/config.h"
#include "lib/store/key.h"
#include "tests/db/cases.h"

#define STEP(outcome) \
	"{\"url\":\"https://b.example/x\",\"headers\":{\"X-Key\":\"{{secret.token}}\"},\"reply\":{\"rules\":[" \
	"{\"when\":{\"path\":\"/s\",\"op\":\"eq\",\"value\":\"y\"},\"outcome\":\"" outcome "\"}," \
	"{\"when\":{\"path\":\"/s\",\"op\":\"eq\",\"value\":\"n\"},\"outcome\":\"rejected\"}]}}"

static const char document[] =
    "{\"gavel\":1,\"verticals\":[{\"key\":\"v\",\"fields\":[{\"name\":\"zip\",\"type\":\"zip\",\"ping\":\"required\"}]}],"
    "\"campaigns\":[{\"key\":\"c\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":{\"type\":\"fixed\",\"amount\":\"1\"}}],"
    "\"sellers\":[{\"key\":\"s\",\"campaigns\":[\"c\"]},{\"key\":\"t\",\"campaigns\":[]}],"
    "\"buyers\":[{\"key\":\"b\",\"contracts\":["
    "{\"key\":\"k\",\"campaign\":\"c\",\"price\":{\"type\":\"fixed\",\"amount\":\"7\"},\"post\":" STEP("accepted") "},"
    "{\"key\":\"l\",\"campaign\":\"c\",\"price\":{\"type\":\"fixed\",\"amount\":\"8\"},\"post\":" STEP("accepted") "}]}]}";

enum { WITHIN_MS = 1000 };

static struct arena *arena;
static struct keyring keys;
static struct db *db;
static struct err e;

static void setup(void)
{
	arena = arena_new((size_t)1 << 30);
	memset(&keys, 7, sizeof(keys));
	db = connected("catalog");
	run_sql(db, "DELETE FROM config_version; UPDATE config_state SET version = 0, changes = changes + 1; DELETE FROM api_key;"
		    "DELETE FROM secret; DELETE FROM signing_secret; UPDATE contract SET archived_at = NOW()");
}

static void teardown(void)
{
	db_close(&db);
	arena_free(&arena);
}

static int apply_with(struct db *on, struct arena *a, const char *text, bool prune, struct apply_out *out, struct err *problem)
{
	struct apply_in in = { .keys = &keys, .document = str_of(text), .author = STR("test"), .prune = prune };

	return apply_document(on, a, &in, out, problem);
}

static int64_t applied(const char *text, bool prune)
{
	struct apply_out out;

	ck_assert_good(apply_with(db, arena, text, prune, &out, &e), e);
	return out.version;
}

static struct str exported(void)
{
	struct str text;
	int64_t version;

	ck_assert_good(apply_export(db, arena, &text, &version, &e), e);
	return text;
}

START_TEST(apply_and_export)
{
	struct apply_out out;
	struct str text;

	ck_assert(str_contains(exported(), STR("\"gavel\": 1")));
	ck_assert_good(apply_with(db, arena, document, false, &out, &e), e);
	ck_assert_int_eq(out.version, 1);
	ck_assert(out.changed);
	ck_assert_uint_eq(out.n_changes, 7);
	text = exported();
	ck_assert_good(apply_with(db, arena, arena_cstr(arena, text), false, &out, &e), e);
	ck_assert(!out.changed);
	ck_assert_int_eq(out.version, 1);
	ck_assert_good(apply_with(db, arena, document, true, &out, &e), e);
	ck_assert(!out.changed);
	ck_assert_text(exported(), arena_cstr(arena, text));
}
END_TEST

START_TEST(refused_changes_nothing)
{
	struct apply_out out;

	applied(document, false);
	ck_assert_int_eq(apply_with(db, arena, "{\"gavel\":1,\"sellers\":[{\"key\":\"x\",\"campaigns\":[\"nope\"]}]}", false, &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INVALID);
	ck_assert_uint_eq(out.faults.n, 1);
	ck_assert_text(out.faults.list[0].pointer, "/sellers/0/campaigns/0");
	ck_assert_int_eq(apply_with(db, arena, "{\"gavel\":1", false, &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_MALFORMED);
	ck_assert_int_eq(number(db, "SELECT version FROM config_state"), 1);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM config_version"), 1);
	/* what the merge brings in is named, since its pointer is into nothing that the operator wrote */
	ck_assert_int_eq(apply_with(db, arena, "{\"gavel\":1,\"campaigns\":[{\"key\":\"d\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":"
	    "{\"type\":\"fixed\",\"amount\":\"1\"}}],\"verticals\":[{\"key\":\"v\",\"fields\":[{\"name\":\"a\",\"type\":\"text\"}]}],"
	    "\"forms\":[{\"key\":\"f\",\"campaign\":\"c\",\"seller\":\"s\",\"consent_text\":\"Y\",\"steps\":[{\"title\":\"T\",\"fields\":[\"zip\"]}]}]}",
	    false, &out, &e), -1);
	ck_assert_uint_eq(out.faults.n, 1);
	ck_assert_text(out.faults.list[0].pointer, "/forms/0/steps/0/fields/0");
	ck_assert(!str_contains(out.faults.list[0].detail, STR("in force")));
}
END_TEST

START_TEST(in_force_is_named)
{
	struct apply_out out;

	applied(document, false);
	ck_assert_int_eq(apply_with(db, arena, "{\"gavel\":1,\"campaigns\":[{\"key\":\"c\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":"
	    "{\"type\":\"fixed\",\"amount\":\"1\"}}],\"buyers\":[{\"key\":\"b\",\"contracts\":[{\"key\":\"new\",\"campaign\":\"c\",\"price\":"
	    "{\"type\":\"bid\"},\"post\":" STEP("accepted") "}]}],\"verticals\":[{\"key\":\"v\",\"fields\":[{\"name\":\"zip\",\"type\":\"text\"}]},"
	    "{\"key\":\"w\",\"fields\":[]}]}", false, &out, &e), -1);
	ck_assert_uint_eq(out.faults.n, 2);
	ck_assert_text(out.faults.list[0].pointer, "/verticals/1/fields");
	ck_assert_text(out.faults.list[1].pointer, "/buyers/0/contracts/0/ping");
	/* a warning of a contract that the file leaves out names the contract */
	ck_assert_good(apply_with(db, arena, "{\"gavel\":1,\"campaigns\":[{\"key\":\"c\",\"vertical\":\"v\",\"currency\":\"USD\",\"payout\":"
	    "{\"type\":\"fixed\",\"amount\":\"1\"},\"routing\":{\"reserve_price\":\"7.50\"}}],\"buyers\":[{\"key\":\"b\"}]}", false, &out, &e), e);
	ck_assert_uint_eq(out.warnings.n, 1);
	ck_assert_text(out.warnings.list[0].pointer, "/buyers/0/contracts/0/price");
	ck_assert(str_starts(out.warnings.list[0].detail, STR("\"k\", in force and not in this document")));
}
END_TEST

START_TEST(roll_back)
{
	struct apply_in in = { .keys = &keys, .author = STR("test") };
	struct apply_out out;
	struct str first;

	applied(document, false);
	first = exported();
	ck_assert_int_eq(applied("{\"gavel\":1,\"lists\":{\"x\":[\"1\"]},\"buyers\":[{\"key\":\"b\",\"name\":\"Bee\"}]}", false), 2);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM contract WHERE archived_at IS NULL"), 2);
	ck_assert_int_eq(applied("{\"gavel\":1}", true), 3);
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM contract WHERE archived_at IS NULL"), 0);
	ck_assert_good(apply_rollback(db, arena, &in, 1, &out, &e), e);
	ck_assert_int_eq(out.version, 4);
	ck_assert_text(exported(), arena_cstr(arena, first));
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM contract WHERE archived_at IS NULL"), 2);
	ck_assert_good(apply_rollback(db, arena, &in, 4, &out, &e), e);
	ck_assert(!out.changed);
	ck_assert_int_eq(apply_rollback(db, arena, &in, 9, &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
}
END_TEST

START_TEST(preview_writes_nothing)
{
	struct apply_in in = { .document = STR("{\"gavel\":1,\"lists\":{\"x\":[]}}") };
	struct apply_out out;

	applied(document, false);
	ck_assert_good(apply_preview(db, arena, &in, &out, &e), e);
	ck_assert(out.changed);
	ck_assert_int_eq(out.version, 1);
	ck_assert_uint_eq(out.n_changes, 1);
	ck_assert_text(out.changes[0].key, "x");
	ck_assert_int_eq(number(db, "SELECT COUNT(*) FROM config_version"), 1);
}
END_TEST

enum { WRITERS = 4, EACH = 5 };

static void *write_lists(void *arg)
{
	int me = *(int *)arg;
	struct db *mine = connected("catalog");
	struct err problem;

	for (int i = 0; i < EACH; i++) {
		struct arena *a = arena_new((size_t)1 << 28);
		struct apply_out out;
		struct str text = arena_printf(a, "{\"gavel\":1,\"lists\":{\"l%d-%d\":[]}}", me, i);

		ck_assert_good(apply_with(mine, a, text.p, false, &out, &problem), problem);
		arena_free(&a);
	}
	db_close(&mine);
	return NULL;
}

/* Each merges with what is in force when it gets through: nobody's change is lost. */
START_TEST(several_at_once)
{
	pthread_t threads[WRITERS];
	int numbers[WRITERS];
	struct str text;

	applied(document, false);
	for (int i = 0; i < WRITERS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lists, &numbers[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(number(db, "SELECT version FROM config_state"), 1 + WRITERS * EACH);
	text = exported();
	for (int i = 0; i < WRITERS; i++)
		for (int j = 0; j < EACH; j++)
			ck_assert(str_contains(text, arena_printf(arena, "\"l%d-%d\"", i, j)));
}
END_TEST

static const struct api_key *key_of(const struct snapshot *s, const char *id)
{
	return map_get(s->keys, str_of(id));
}

static void add_key(const char *id, const char *seller)
{
	struct key_row row = { .id = str_of(id), .seller = str_of(seller), .scopes = SCOPE_PING | SCOPE_POST, .name = STR("") };

	memset(row.hash, 3, sizeof(row.hash));
	ck_assert_int_eq(key_insert(db, &row, &e), FOUND_YES);
}

START_TEST(loads)
{
	struct snapshot *s;
	const struct contract *k;

	ck_assert_good(snapshot_load(db, &keys, &s, &e), e);
	ck_assert_int_eq(s->catalog->version, 0);
	snapshot_give(&s);
	applied(document, false);
	add_key("selles00", "s");
	add_key("sellet00", "t");
	add_key("operator", "");
	ck_assert_int_eq(config_secret_set(db, &keys, STR("b"), STR("token"), STR("s3cret"), &e), FOUND_YES);
	ck_assert_good(snapshot_load(db, &keys, &s, &e), e);
	ck_assert_int_eq(s->catalog->version, 1);
	k = map_get(s->catalog->by_contract, STR("k"));
	ck_assert_int_eq(k->id, number(db, "SELECT id FROM contract WHERE name = 'k'"));
	ck_assert_int_eq(k->buyer->id, number(db, "SELECT id FROM buyer WHERE name = 'b'"));
	ck_assert_int_eq(k->campaign->id, number(db, "SELECT id FROM campaign WHERE name = 'c'"));
	ck_assert_ptr_eq(campaign_contract(k->campaign, k->id), k);
	ck_assert_text(value_get_text(&k->buyer->secrets, STR("token"), STR("")), "s3cret");
	ck_assert_ptr_eq(key_of(s, "selles00")->seller, map_get(s->catalog->by_seller, STR("s")));
	ck_assert_uint_eq(key_of(s, "selles00")->scopes, SCOPE_PING | SCOPE_POST);
	ck_assert_int_eq(key_of(s, "selles00")->hash[31], 3);
	ck_assert_ptr_null(key_of(s, "operator")->seller);
	ck_assert_ptr_null(key_of(s, "nobody00"));
	snapshot_give(&s);
	ck_assert_ptr_null(s);
	/* the key of a seller that has gone opens nothing, least of all an operator's door */
	applied("{\"gavel\":1,\"sellers\":[{\"key\":\"s\",\"campaigns\":[]}]}", true);
	ck_assert_good(snapshot_load(db, &keys, &s, &e), e);
	ck_assert_ptr_nonnull(key_of(s, "selles00"));
	ck_assert_ptr_null(key_of(s, "sellet00"));
	snapshot_give(&s);
}
END_TEST

static int64_t version_of(struct snapshots *all)
{
	struct snapshot *s = snapshot_take(all);
	int64_t version = s->catalog->version;

	snapshot_give(&s);
	return version;
}

/* Milliseconds until the version is in force, or more than the limit. */
static int64_t wait_for(struct snapshots *all, int64_t version, int64_t limit_ms)
{
	int64_t start = clock_mono_ms();

	while (version_of(all) != version && clock_mono_ms() - start <= limit_ms)
		clock_sleep_ms(10);
	return clock_mono_ms() - start;
}

struct watch {
	struct db_pool *pool;
	struct snapshots *all;
};

static struct watch watch_open(void)
{
	struct db_options o = server("catalog");
	struct watch w;

	ck_assert_good(db_pool_open(&o, 4, &w.pool, &e), e);
	ck_assert_good(snapshots_open(w.pool, &keys, &w.all, &e), e);
	return w;
}

static void watch_close(struct watch *w)
{
	snapshots_close(&w->all);
	ck_assert_ptr_null(w->all);
	db_pool_close(&w->pool);
}

START_TEST(follows)
{
	struct watch w;
	struct snapshot *old;

	applied(document, false);
	w = watch_open();
	ck_assert(snapshots_fresh(w.all));
	old = snapshot_take(w.all);
	ck_assert_int_eq(old->catalog->version, 1);
	applied("{\"gavel\":1,\"buyers\":[{\"key\":\"b\",\"status\":\"paused\"}]}", false);
	ck_assert_int_le(wait_for(w.all, 2, WITHIN_MS), WITHIN_MS);
	/* a request in flight ends with the version it began with */
	ck_assert_int_eq(old->catalog->buyers[0].status, STATUS_ACTIVE);
	ck_assert_ptr_nonnull(map_get(old->catalog->by_contract, STR("k")));
	snapshot_give(&old);
	watch_close(&w);
}
END_TEST

/* A new key and one taken back are seen without a new version. */
START_TEST(follows_keys)
{
	struct watch w;
	struct snapshot *s = NULL;
	int64_t start;
	bool there = true;

	applied(document, false);
	w = watch_open();
	add_key("selles01", "s");
	for (start = clock_mono_ms(), there = false; !there && clock_mono_ms() - start < WITHIN_MS; clock_sleep_ms(10)) {
		s = snapshot_take(w.all);
		there = key_of(s, "selles01") != NULL;
		snapshot_give(&s);
	}
	ck_assert(there);
	ck_assert_int_eq(key_revoke(db, STR("selles01"), &e), FOUND_YES);
	for (start = clock_mono_ms(); there && clock_mono_ms() - start < WITHIN_MS; clock_sleep_ms(10)) {
		s = snapshot_take(w.all);
		there = key_of(s, "selles01") != NULL;
		snapshot_give(&s);
	}
	ck_assert(!there);
	watch_close(&w);
}
END_TEST

/* The database goes: what is in force stays, and the next version comes when it is back. */
START_TEST(survives_the_database)
{
	struct watch w;

	applied(document, false);
	w = watch_open();
	run_sql(db, "RENAME TABLE config_state TO config_state_gone");
	clock_sleep_ms(900);
	ck_assert_int_eq(version_of(w.all), 1);
	ck_assert(snapshots_fresh(w.all));
	run_sql(db, "RENAME TABLE config_state_gone TO config_state");
	applied("{\"gavel\":1,\"lists\":{\"x\":[]}}", false);
	ck_assert_int_le(wait_for(w.all, 2, WITHIN_MS), WITHIN_MS);
	/* its connection is cut: it takes another */
	number(db, "SELECT 1");
	run_sql(db, "BEGIN NOT ATOMIC FOR r IN (SELECT id FROM information_schema.processlist WHERE db = 'catalog' AND id <> CONNECTION_ID())"
		    " DO EXECUTE IMMEDIATE CONCAT('KILL ', r.id); END FOR; END");
	applied("{\"gavel\":1,\"lists\":{\"y\":[]}}", false);
	ck_assert_int_le(wait_for(w.all, 3, 2 * WITHIN_MS), 2 * WITHIN_MS);
	watch_close(&w);
}
END_TEST

/* A version that can't be used leaves the old one in force, is not tried again and again, and does not stop the next. */
START_TEST(survives_a_bad_version)
{
	struct watch w;

	applied(document, false);
	w = watch_open();
	run_sql(db, "INSERT INTO config_version SELECT 2, created_at, author, '{\"gavel\":1,\"later\":[]}' FROM config_version WHERE version = 1;"
		    "UPDATE config_state SET version = 2");
	clock_sleep_ms(900);
	ck_assert_int_eq(version_of(w.all), 1);
	ck_assert(snapshots_fresh(w.all));
	run_sql(db, "INSERT INTO config_version SELECT 3, created_at, author, document FROM config_version WHERE version = 1;"
		    "UPDATE config_state SET version = 3");
	ck_assert_int_le(wait_for(w.all, 3, WITHIN_MS), WITHIN_MS);
	watch_close(&w);
}
END_TEST

struct reader {
	struct snapshots *all;
	_Atomic bool *stop;
	int64_t taken;
};

static void *read_snapshots(void *arg)
{
	struct reader *r = arg;

	while (!*r->stop) {
		struct snapshot *s = snapshot_take(r->all);

		ck_assert_ptr_nonnull(map_get(s->catalog->by_contract, STR("k")));
		r->taken++;
		snapshot_give(&s);
	}
	return NULL;
}

/* Readers take and give while versions come: none sees freed memory (run under a sanitizer, this is the test of the swap). */
START_TEST(swaps_under_readers)
{
	struct watch w;
	_Atomic bool stop = false;
	struct reader readers[2];
	pthread_t threads[2];

	applied(document, false);
	w = watch_open();
	for (int i = 0; i < 2; i++) {
		readers[i] = (struct reader){ w.all, &stop, 0 };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, read_snapshots, &readers[i]), 0);
	}
	for (int i = 0; i < 3; i++) {
		applied(arena_printf(arena, "{\"gavel\":1,\"lists\":{\"x\":[\"%d\"]}}", i).p, false);
		ck_assert_int_le(wait_for(w.all, i + 2, WITHIN_MS), WITHIN_MS);
	}
	stop = true;
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_gt(readers[i].taken, 0);
	}
	watch_close(&w);
}
END_TEST

TCase *cases_catalog(void)
{
	TCase *t = tcase_create("catalog");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, apply_and_export);
	tcase_add_test(t, refused_changes_nothing);
	tcase_add_test(t, in_force_is_named);
	tcase_add_test(t, roll_back);
	tcase_add_test(t, preview_writes_nothing);
	tcase_add_test(t, several_at_once);
	tcase_add_test(t, loads);
	tcase_add_test(t, follows);
	tcase_add_test(t, follows_keys);
	tcase_add_test(t, survives_the_database);
	tcase_add_test(t, survives_a_bad_version);
	tcase_add_test(t, swaps_under_readers);
	return t;
}
