/*
 * store/config and store/signing_secret: versions, numbers that never change, and secrets that open for their owner alone.
 */
#include <pthread.h>
#include <stdio.h>

#include "lib/store/config.h"
#include "lib/store/signing_secret.h"
#include "tests/db/cases.h"

struct fixture {
	struct db *db;
	struct arena *a;
	struct keyring keys;
	struct err e;
};

static void start(struct fixture *f)
{
	f->db = connected("stored");
	f->a = arena_new(64 << 20);
	memset(&f->keys, 7, sizeof(f->keys));
	run_sql(f->db, "DELETE FROM config_version; UPDATE config_state SET version = 0, changes = 0; DELETE FROM campaign; DELETE FROM seller;"
		       " DELETE FROM buyer; DELETE FROM contract; DELETE FROM channel; DELETE FROM form; DELETE FROM secret;"
		       " DELETE FROM signing_secret; DELETE FROM audit");
}

static void end(struct fixture *f)
{
	db_close(&f->db);
	arena_free(&f->a);
}

static const struct named first[] = {
	{ NAMED_CAMPAIGN, STR_INIT("auto"), STR_INIT("") }, { NAMED_SELLER, STR_INIT("house"), STR_INIT("") },
	{ NAMED_BUYER, STR_INIT("acme"), STR_INIT("") },    { NAMED_BUYER, STR_INIT("bolt"), STR_INIT("") },
	{ NAMED_CONTRACT, STR_INIT("acme-ca"), STR_INIT("acme") }, { NAMED_CHANNEL, STR_INIT("fb"), STR_INIT("") },
	{ NAMED_FORM, STR_INIT("quote"), STR_INIT("") },
};
/* bolt and the channel go; acme-ca becomes bolt's, in name at least; a campaign and a key of another case come. */
static const struct named second[] = {
	{ NAMED_CAMPAIGN, STR_INIT("auto"), STR_INIT("") }, { NAMED_CAMPAIGN, STR_INIT("home"), STR_INIT("") },
	{ NAMED_SELLER, STR_INIT("house"), STR_INIT("") },  { NAMED_BUYER, STR_INIT("acme"), STR_INIT("") },
	{ NAMED_BUYER, STR_INIT("Acme"), STR_INIT("") },    { NAMED_CONTRACT, STR_INIT("acme-ca"), STR_INIT("Acme") },
	{ NAMED_FORM, STR_INIT("quote"), STR_INIT("") },
};

static int64_t apply(struct fixture *f, int64_t base, const char *document, const struct named *objects, size_t n)
{
	int64_t version = 0;

	return config_apply(f->db, &f->keys, base, str_of(document), STR("ctl:test"), objects, n, &version, &f->e) == 0 ? version : -1;
}

static uint32_t number_of(struct fixture *f, enum named_kind kind, const char *key)
{
	struct map *maps[NAMED__N];

	ck_assert_good(config_names(f->db, f->a, false, maps, &f->e), f->e);
	return (uint32_t)(uintptr_t)map_get(maps[kind], str_of(key));
}

START_TEST(versions)
{
	struct config_marks before, after;
	struct config_version v, *list;
	struct fixture f;
	size_t n;

	start(&f);
	ck_assert_int_eq(config_current(f.db, f.a, &v, &f.e), FOUND_NO);
	ck_assert_good(config_marks_read(f.db, &before, &f.e), f.e);
	ck_assert_int_eq(before.version, 0);
	ck_assert_int_eq(apply(&f, 0, "{\"gavel\":1}", first, N_OF(first)), 1);
	ck_assert_int_eq(apply(&f, 1, "{\"gavel\":1, \"x\":\"\xc3\xbc\"}", second, N_OF(second)), 2);
	ck_assert_good(config_marks_read(f.db, &after, &f.e), f.e);
	ck_assert_int_eq(after.version, 2);
	ck_assert_int_gt(after.changes, before.changes);
	ck_assert_int_eq(config_current(f.db, f.a, &v, &f.e), FOUND_YES);
	ck_assert_int_eq(v.version, 2);
	ck_assert_text(v.document, "{\"gavel\":1, \"x\":\"\xc3\xbc\"}");
	ck_assert_text(v.author, "ctl:test");
	ck_assert_int_gt(v.created_at, INT64_C(1700000000000000));
	ck_assert_int_eq(config_get(f.db, f.a, 1, &v, &f.e), FOUND_YES);
	ck_assert_text(v.document, "{\"gavel\":1}");
	ck_assert_int_eq(config_get(f.db, f.a, 3, &v, &f.e), FOUND_NO);
	ck_assert_good(config_list(f.db, f.a, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(list[0].version, 2);
	ck_assert_int_eq(list[1].version, 1);
	ck_assert_uint_eq(list[0].document.n, 0);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM audit WHERE action = 'config.apply' AND actor = 'ctl:test' AND object = 'config:2'"), 1);
	end(&f);
}
END_TEST

START_TEST(numbers_stay)
{
	uint32_t acme, bolt, contract, fb;
	struct fixture f;

	start(&f);
	ck_assert_int_eq(apply(&f, 0, "{}", first, N_OF(first)), 1);
	acme = number_of(&f, NAMED_BUYER, "acme");
	bolt = number_of(&f, NAMED_BUYER, "bolt");
	contract = number_of(&f, NAMED_CONTRACT, "acme-ca");
	fb = number_of(&f, NAMED_CHANNEL, "fb");
	ck_assert(acme != 0 && bolt != 0 && acme != bolt && contract != 0 && fb != 0);
	ck_assert_int_eq(apply(&f, 1, "{}", second, N_OF(second)), 2);
	ck_assert_uint_eq(number_of(&f, NAMED_BUYER, "acme"), acme);
	ck_assert_uint_ne(number_of(&f, NAMED_BUYER, "Acme"), acme);
	ck_assert_uint_eq(number_of(&f, NAMED_BUYER, "bolt"), 0);             /* archived: not in force ... */
	ck_assert_uint_eq(number_of(&f, NAMED_CHANNEL, "fb"), 0);
	ck_assert_uint_eq(number_of(&f, NAMED_CONTRACT, "acme-ca"), contract);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM contract WHERE owner = 'Acme'"), 1);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM buyer WHERE archived_at IS NOT NULL"), 1); /* ... but not deleted */
	ck_assert_int_eq(apply(&f, 2, "{}", first, N_OF(first)), 3);
	ck_assert_uint_eq(number_of(&f, NAMED_BUYER, "bolt"), bolt);
	ck_assert_uint_eq(number_of(&f, NAMED_CHANNEL, "fb"), fb);
	ck_assert_uint_eq(number_of(&f, NAMED_CAMPAIGN, "home"), 0);
	end(&f);
}
END_TEST

START_TEST(stale_base)
{
	struct fixture f;

	start(&f);
	ck_assert_int_eq(apply(&f, 0, "{}", first, N_OF(first)), 1);
	for (int64_t base = -1; base < 3; base += 1) {
		if (base == 1)
			continue;
		ck_assert_int_eq(apply(&f, base, "{\"late\":1}", second, N_OF(second)), -1);
		ck_assert_int_eq(f.e.kind, ERR_CONFLICT);
	}
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM config_version"), 1);
	ck_assert_uint_eq(number_of(&f, NAMED_CAMPAIGN, "home"), 0);
	ck_assert_uint_ne(number_of(&f, NAMED_BUYER, "bolt"), 0);
	end(&f);
}
END_TEST

static void *apply_once(void *arg)
{
	struct fixture f = { .db = connected("stored") };
	int64_t version = apply(&f, 1, "{}", second, N_OF(second));

	*(enum err_kind *)arg = version == 2 ? ERR_NONE : f.e.kind;
	db_close(&f.db);
	return NULL;
}

/* Two at once from the same base: one is applied, the others hear of a conflict. */
START_TEST(concurrent_applies)
{
	enum err_kind kinds[6];
	struct fixture f;
	pthread_t t[6];
	int good = 0;

	start(&f);
	ck_assert_int_eq(apply(&f, 0, "{}", first, N_OF(first)), 1);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, apply_once, &kinds[i]), 0);
	for (int i = 0; i < 6; i++) {
		pthread_join(t[i], NULL);
		ck_assert(kinds[i] == ERR_NONE || kinds[i] == ERR_CONFLICT);
		good += kinds[i] == ERR_NONE;
	}
	ck_assert_int_eq(good, 1);
	ck_assert_int_eq(number(f.db, "SELECT MAX(version) FROM config_version"), 2);
	end(&f);
}
END_TEST

static void is_secret(struct fixture *f, const char *buyer, const char *name, const char *want)
{
	const struct value *object, *got;
	struct map *secrets;

	ck_assert_good(config_secrets(f->db, f->a, &f->keys, &secrets, &f->e), f->e);
	object = map_get(secrets, str_of(buyer));
	got = value_get(object, str_of(name));
	if (want == NULL) {
		ck_assert_ptr_null(got);
		return;
	}
	ck_assert_ptr_nonnull(got);
	ck_assert_text(got->text, want);
}

START_TEST(secrets)
{
	struct str longest = { NULL, 4096 };
	struct config_marks before, after;
	struct map *none;
	struct fixture f;

	start(&f);
	apply(&f, 0, "{}", first, N_OF(first));
	ck_assert_good(config_marks_read(f.db, &before, &f.e), f.e);
	ck_assert_int_eq(config_secret_set(f.db, &f.keys, STR("acme"), STR("token"), STR("one"), &f.e), FOUND_YES);
	ck_assert_int_eq(config_secret_set(f.db, &f.keys, STR("acme"), STR("key"), STR("\xc3\xbc'\n"), &f.e), FOUND_YES);
	ck_assert_int_eq(config_secret_set(f.db, &f.keys, STR("bolt"), STR("token"), STR("two"), &f.e), FOUND_YES);
	ck_assert_good(config_marks_read(f.db, &after, &f.e), f.e);
	ck_assert_int_eq(after.changes, before.changes + 3);
	is_secret(&f, "acme", "token", "one");
	is_secret(&f, "acme", "key", "\xc3\xbc'\n");
	is_secret(&f, "bolt", "token", "two");
	is_secret(&f, "bolt", "key", NULL);
	is_secret(&f, "nobody", "key", NULL);
	ck_assert_int_eq(config_secret_set(f.db, &f.keys, STR("acme"), STR("token"), STR("three"), &f.e), FOUND_YES);
	is_secret(&f, "acme", "token", "three");
	ck_assert_int_eq(config_secret_set(f.db, &f.keys, STR("nobody"), STR("token"), STR("x"), &f.e), FOUND_NO);
	longest.p = arena_alloc(f.a, 4097);
	memset((char *)longest.p, 'x', 4097);
	ck_assert_int_eq(config_secret_set(f.db, &f.keys, STR("acme"), STR("long"), longest, &f.e), FOUND_YES);
	is_secret(&f, "acme", "long", arena_cstr(f.a, longest));
	longest.n++;
	ck_assert_int_eq(config_secret_set(f.db, &f.keys, STR("acme"), STR("long"), longest, &f.e), FOUND_ERR);
	ck_assert_int_eq(f.e.kind, ERR_INVALID);
	/* Nothing readable is stored, and what is moved to another row or opened with another key does not open. */
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM secret WHERE sealed LIKE '%three%'"), 0);
	run_sql(f.db, "UPDATE secret a JOIN secret b ON a.buyer = 'bolt' AND b.buyer = 'acme' AND b.name = 'token' SET a.sealed = b.sealed");
	ck_assert_int_eq(config_secrets(f.db, f.a, &f.keys, &none, &f.e), -1);
	ck_assert_str_eq(f.e.code, "unsealable");
	run_sql(f.db, "DELETE FROM secret WHERE buyer = 'bolt'");
	ck_assert_int_eq(config_secrets(f.db, f.a, &f.keys, &none, &f.e), 0);
	f.keys.master[0] ^= 1;
	ck_assert_int_eq(config_secrets(f.db, f.a, &f.keys, &none, &f.e), -1);
	end(&f);
}
END_TEST

START_TEST(signing_secrets)
{
	struct signing_pair postback, token, webhook, now;
	struct map *all;
	struct str made, latest;
	struct config_marks before, after;
	struct fixture f;

	start(&f);
	apply(&f, 0, "{}", first, N_OF(first));
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "buyer_postback", STR("acme"), &postback, &f.e), FOUND_YES);
	ck_assert_uint_eq(postback.previous.n, 0);
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "buyer_token", STR("acme"), &token, &f.e), FOUND_YES);
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "seller_webhook", STR("house"), &webhook, &f.e), FOUND_YES);
	ck_assert(str_starts(postback.current, STR("whsec_")));
	ck_assert(!str_eq(postback.current, token.current) && !str_eq(postback.current, webhook.current));
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "seller_webhook", STR("acme"), &now, &f.e), FOUND_NO);
	/* Another apply, and an owner that comes back, keep theirs. */
	apply(&f, 1, "{}", second, N_OF(second));
	apply(&f, 2, "{}", first, N_OF(first));
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "buyer_postback", STR("acme"), &now, &f.e), FOUND_YES);
	ck_assert(str_eq(now.current, postback.current));
	ck_assert_good(config_marks_read(f.db, &before, &f.e), f.e);
	ck_assert_good(signing_secret_rotate(f.db, f.a, &f.keys, "buyer_postback", STR("acme"), &made, &f.e), f.e);
	ck_assert_good(config_marks_read(f.db, &after, &f.e), f.e);
	ck_assert_int_eq(after.changes, before.changes + 1);
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "buyer_postback", STR("acme"), &now, &f.e), FOUND_YES);
	ck_assert(str_eq(now.current, made) && str_eq(now.previous, postback.current));
	ck_assert_good(signing_secret_list(f.db, f.a, &f.keys, "buyer_postback", &all, &f.e), f.e);
	ck_assert(str_eq(((struct signing_pair *)map_get(all, STR("acme")))->current, made));
	ck_assert(str_eq(((struct signing_pair *)map_get(all, STR("acme")))->previous, postback.current));
	ck_assert_ptr_null(map_get(all, STR("house")));
	ck_assert_good(signing_secret_rotate(f.db, f.a, &f.keys, "buyer_postback", STR("acme"), &latest, &f.e), f.e);
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "buyer_postback", STR("acme"), &now, &f.e), FOUND_YES);
	ck_assert(str_eq(now.previous, made) && str_eq(now.current, latest));                                  /* the first is gone */
	ck_assert_int_eq(signing_secret_rotate(f.db, f.a, &f.keys, "buyer_postback", STR("nobody"), &made, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_NOT_FOUND);
	run_sql(f.db, "UPDATE signing_secret a JOIN signing_secret b ON b.owner_kind = 'seller_webhook' SET a.sealed = b.sealed"
		      " WHERE a.owner_kind = 'buyer_token'");
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "buyer_token", STR("acme"), &now, &f.e), FOUND_ERR);
	ck_assert_str_eq(f.e.code, "unsealable");
	ck_assert_int_eq(signing_secret_list(f.db, f.a, &f.keys, "buyer_token", &all, &f.e), -1);
	end(&f);
}
END_TEST

/* A thousand objects, and a document as large as one may be. */
START_TEST(large_configurations)
{
	enum { MANY = 1000, DOCUMENT = 8 << 20 };
	struct named *objects;
	struct config_version v;
	struct fixture f;
	char *document;

	start(&f);
	objects = arena_array_of(f.a, MANY, struct named);
	for (int i = 0; i < MANY; i++)
		objects[i] = (struct named){ i % 2 == 0 ? NAMED_BUYER : NAMED_CONTRACT, arena_printf(f.a, "object-%04d", i), STR("object-0000") };
	document = arena_alloc(f.a, DOCUMENT + 1);
	memset(document, ' ', DOCUMENT);
	ck_assert_int_eq(apply(&f, 0, document, objects, MANY), 1);
	ck_assert_uint_ne(number_of(&f, NAMED_CONTRACT, "object-0999"), 0);
	ck_assert_int_eq(config_current(f.db, f.a, &v, &f.e), FOUND_YES);
	ck_assert_uint_eq(v.document.n, DOCUMENT);
	end(&f);
}
END_TEST

TCase *cases_config(void)
{
	TCase *tc = tcase_create("config");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, versions);
	tcase_add_test(tc, numbers_stay);
	tcase_add_test(tc, stale_base);
	tcase_add_test(tc, concurrent_applies);
	tcase_add_test(tc, secrets);
	tcase_add_test(tc, signing_secrets);
	tcase_add_test(tc, large_configurations);
	return tc;
}
