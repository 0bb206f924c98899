/*
 * store/key, store/user and store/audit.
 */
#include <stdio.h>

#include "lib/store/audit.h"
#include "lib/store/config.h"
#include "lib/store/key.h"
#include "lib/store/signing_secret.h"
#include "lib/store/user.h"
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
	f->a = arena_new(16 << 20);
	memset(&f->keys, 7, sizeof(f->keys));
	run_sql(f->db, "DELETE FROM api_key; DELETE FROM signing_secret; DELETE FROM user; DELETE FROM session; DELETE FROM audit; DELETE FROM seller;"
		       " INSERT INTO seller (name, archived_at) VALUES ('house', NULL), ('gone', NOW())");
}

static void end(struct fixture *f)
{
	db_close(&f->db);
	arena_free(&f->a);
}

static int64_t changes(struct fixture *f)
{
	struct config_marks m;

	ck_assert_good(config_marks_read(f->db, &m, &f->e), f->e);
	return m.changes;
}

static struct key_row key_row(const char *id, const char *seller)
{
	struct key_row row = { .id = str_of(id), .seller = str_of(seller), .sandbox = true, .scopes = 5, .name = STR("one of ours") };

	memset(row.hash, id[0], sizeof(row.hash));
	return row;
}

START_TEST(keys)
{
	struct key_row row, *list;
	struct fixture f;
	int64_t before;
	size_t n;

	start(&f);
	before = changes(&f);
	row = key_row("aaaaaaaa", "house");
	ck_assert_int_eq(key_insert(f.db, &row, &f.e), FOUND_YES);
	row = key_row("AAAAAAAA", "");
	ck_assert_int_eq(key_insert(f.db, &row, &f.e), FOUND_YES);              /* ids differ by case */
	ck_assert_int_eq(changes(&f), before + 2);
	ck_assert_int_eq(key_insert(f.db, &row, &f.e), FOUND_ERR);
	ck_assert_int_eq(f.e.kind, ERR_DB_DUPLICATE);
	row = key_row("bbbbbbbb", "nobody");
	ck_assert_int_eq(key_insert(f.db, &row, &f.e), FOUND_NO);
	row = key_row("bbbbbbbb", "gone");
	ck_assert_int_eq(key_insert(f.db, &row, &f.e), FOUND_NO);
	ck_assert_int_eq(changes(&f), before + 2);
	ck_assert_good(key_list(f.db, f.a, false, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 2);
	ck_assert_text(list[0].id, "aaaaaaaa");
	ck_assert_text(list[0].seller, "house");
	ck_assert_uint_ne(list[0].seller_id, 0);
	ck_assert_int_eq(list[0].hash[31], 'a');
	ck_assert(list[0].sandbox && !list[0].must_sign);
	ck_assert_uint_eq(list[0].scopes, 5);
	ck_assert_text(list[0].name, "one of ours");
	ck_assert_int_gt(list[0].created_at, 0);
	ck_assert_int_eq(list[0].revoked_at, 0);
	ck_assert_text(list[1].seller, "");
	ck_assert_uint_eq(list[1].seller_id, 0);
	ck_assert_int_eq(key_revoke(f.db, STR("aaaaaaaa"), &f.e), FOUND_YES);
	ck_assert_int_eq(changes(&f), before + 3);
	ck_assert_int_eq(key_revoke(f.db, STR("aaaaaaaa"), &f.e), FOUND_NO);
	ck_assert_int_eq(key_revoke(f.db, STR("zzzzzzzz"), &f.e), FOUND_NO);
	ck_assert_good(key_list(f.db, f.a, false, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);
	ck_assert_good(key_list(f.db, f.a, true, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_gt(list[0].revoked_at, 0);
	end(&f);
}
END_TEST

START_TEST(keys_that_sign)
{
	struct str one, two;
	struct signing_pair now;
	struct key_row row = key_row("aaaaaaaa", "house"), *list;
	struct fixture f;
	size_t n;

	start(&f);
	ck_assert_int_eq(key_insert(f.db, &row, &f.e), FOUND_YES);
	ck_assert_int_eq(key_signing_secret(f.db, f.a, &f.keys, STR("aaaaaaaa"), false, &one, &f.e), FOUND_YES);
	ck_assert_int_eq(key_signing_secret(f.db, f.a, &f.keys, STR("aaaaaaaa"), true, &two, &f.e), FOUND_YES);
	ck_assert(str_starts(one, STR("whsec_")) && !str_eq(one, two));
	ck_assert_int_eq(signing_secret_get(f.db, f.a, &f.keys, "api_key", STR("aaaaaaaa"), &now, &f.e), FOUND_YES);
	ck_assert(str_eq(now.current, two) && str_eq(now.previous, one));
	ck_assert_good(key_list(f.db, f.a, false, &list, &n, &f.e), f.e);
	ck_assert(list[0].must_sign);
	ck_assert_int_eq(key_signing_secret(f.db, f.a, &f.keys, STR("zzzzzzzz"), true, &two, &f.e), FOUND_NO);
	ck_assert_int_eq(key_revoke(f.db, STR("aaaaaaaa"), &f.e), FOUND_YES);
	ck_assert_int_eq(key_signing_secret(f.db, f.a, &f.keys, STR("aaaaaaaa"), true, &two, &f.e), FOUND_NO);
	end(&f);
}
END_TEST

START_TEST(users)
{
	struct user_row row = { .name = STR("ann"), .role = STR("admin"), .password_hash = STR("$y$one") }, *list;
	struct fixture f;
	size_t n;

	start(&f);
	ck_assert_int_eq(user_insert(f.db, &row, &f.e), FOUND_YES);
	ck_assert_int_eq(user_insert(f.db, &row, &f.e), FOUND_NO);
	row.name = STR("Ann");
	ck_assert_int_eq(user_insert(f.db, &row, &f.e), FOUND_YES);
	run_sql(f.db, "INSERT INTO session SELECT UNHEX(SHA2(name, 256)), id, 'x', NOW(), NOW(), NOW() FROM user");
	ck_assert_int_eq(user_set_password(f.db, STR("ann"), STR("$y$two"), &f.e), FOUND_YES);
	ck_assert_int_eq(user_set_password(f.db, STR("nobody"), STR("$y$two"), &f.e), FOUND_NO);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM user WHERE password_hash = '$y$two'"), 1);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM session"), 1);      /* ann's has ended */
	ck_assert_good(user_list(f.db, f.a, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 2);
	ck_assert_text(list[0].name, "Ann");
	ck_assert_text(list[1].name, "ann");
	ck_assert_text(list[1].role, "admin");
	ck_assert_uint_eq(list[1].password_hash.n, 0);
	ck_assert_int_eq(list[1].disabled_at, 0);
	end(&f);
}
END_TEST

START_TEST(audits)
{
	struct str long_one = { NULL, 2000 };
	struct fixture f;

	start(&f);
	long_one.p = arena_alloc(f.a, long_one.n);
	for (size_t i = 0; i < long_one.n; i += 2)
		memcpy((char *)long_one.p + i, "\xc3\xbc", 2);
	ck_assert_good(audit_add(f.db, STR("ctl:root"), "key.create", STR("key:aaaaaaaa"), STR(""), &f.e), f.e);
	ck_assert_good(audit_add(f.db, long_one, "key.create", long_one, long_one, &f.e), f.e);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM audit WHERE actor = 'ctl:root' AND object = 'key:aaaaaaaa' AND detail IS NULL"), 1);
	ck_assert_int_eq(number(f.db, "SELECT CHAR_LENGTH(actor) * 1000 + CHAR_LENGTH(detail) FROM audit ORDER BY id DESC"), 120500);
	end(&f);
}
END_TEST

TCase *cases_key(void)
{
	TCase *tc = tcase_create("key");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, keys);
	tcase_add_test(tc, keys_that_sign);
	tcase_add_test(tc, users);
	tcase_add_test(tc, audits);
	return tc;
}
