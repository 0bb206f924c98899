/*
 * The keyring, API keys and passwords. Expected values were computed by other means (Python's hmac, hashlib and zlib; yescrypt's own list).
 */
#include <pthread.h>

#include "lib/base/clock.h"
#include "tests/unit/crypt/cases.h"

#define HEX_00_1F "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define BASE64_00_1F "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_BODY "gvk_live_AbCd1234_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"

static const char *const masters[] = { HEX_00_1F, BASE64_00_1F, " " HEX_00_1F "\n", "000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f" };

START_TEST(keyring_derives)
{
	struct arena *a = arena_new(1 << 16);
	uint8_t blind[SHA256_SIZE], hash[SHA256_SIZE];
	struct keyring k;
	struct err e;

	ck_assert_int_eq(keyring_load(str_of(masters[_i]), &k, &e), 0);
	ck_assert_text(crypt_hex(a, BYTES(k.master)), "a592afb69631c175b12dba3a20f6c6eea3dc6241e1a6bd792df230010e3ac779");
	ck_assert_text(crypt_hex(a, BYTES(k.index)), "753e487bbaead745e94f0d9aff627a8722bd0224f645f22946a35f2fdab97394");
	ck_assert_text(crypt_hex(a, BYTES(k.pepper)), "78a24b6346b3891f3b2fb3bfc15c151e7a11c8ca7a4ae6cc3f0c8f4b642585fc");
	crypt_blind(&k, "phone_sha256", crypt_sha256_hex(a, STR("+12135550123")), blind);
	ck_assert_text(crypt_hex(a, BYTES(blind)), "741f9b3eeab54f63475db76bdd9294fc09c3717f36f8d11fa612a47c5ab0ca3e");
	api_key_hash(&k, STR(KEY_BODY "1H8fTM"), hash);
	ck_assert_text(crypt_hex(a, BYTES(hash)), "5c653a8207fb1b51931d18463962f74698b4a3391df65d14956eb699e33fdc3b");
	arena_free(&a);
}
END_TEST

static const struct {
	const char *text, *said;
} no_masters[] = {
	{ "", "there is no master key" }, { " \n", "there is no master key" }, { "abc", "32 bytes" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e", "32 bytes" }, { HEX_00_1F "20", "32 bytes" },
	{ "00010203040506070809 a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "32 bytes" },
	{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", "32 bytes" }, { "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "32 bytes" },
	{ "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g", "32 bytes" },
};

START_TEST(keyring_refuses)
{
	struct keyring k;
	struct err e;

	ck_assert_int_eq(keyring_load(str_of(no_masters[_i].text), &k, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.msg, no_masters[_i].said));
}
END_TEST

START_TEST(keys_are_made)
{
	struct arena *a = arena_new(1 << 16);
	struct api_key_text k, other;
	struct str id;
	bool sandbox;

	for (int mode = 0; mode < 2; mode++) {
		api_key_make(a, mode == 1, &k);
		api_key_make(a, mode == 1, &other);
		ck_assert_uint_eq(k.text.n, 67);
		ck_assert(str_starts(k.text, mode == 1 ? STR("gvk_test_") : STR("gvk_live_")));
		ck_assert(!str_eq(k.text, other.text) && !str_eq(k.id, other.id));
		ck_assert(api_key_parse(k.text, &id, &sandbox));
		ck_assert(str_eq(id, k.id) && sandbox == (mode == 1) && k.sandbox == sandbox);
	}
	arena_free(&a);
}
END_TEST

static const struct {
	const char *text;
	bool good, sandbox;
} keys[] = {
	{ KEY_BODY "1H8fTM", true, false },
	{ "gvk_test_zzzzzzzz_zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz40u5ff", true, true },
	{ KEY_BODY "1H8fTN", false, false },                 /* check */
	{ KEY_BODY "1H8fT", false, false },                  /* short */
	{ KEY_BODY "1H8fTMM", false, false },                /* long */
	{ "gvk_live_AbCd1234_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdeFg1H8fTM", false, false }, /* a letter's case */
	{ "gvk_test_AbCd1234_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1H8fTM", false, false }, /* live's check */
	{ "gvk_LIVE_AbCd1234_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1H8fTM", false, false },
	{ "gvk_live_AbCd12340_123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1H8fTM", false, false },
	{ "gvk_live_AbCd12-4_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1H8fTM", false, false },
	{ "", false, false },
};

START_TEST(keys_are_parsed)
{
	bool sandbox = false;
	struct str id;

	ck_assert_int_eq(api_key_parse(str_of(keys[_i].text), &id, &sandbox), keys[_i].good);
	if (keys[_i].good) {
		ck_assert_int_eq(sandbox, keys[_i].sandbox);
		ck_assert_text(id, keys[_i].sandbox ? "zzzzzzzz" : "AbCd1234");
	}
}
END_TEST

START_TEST(passwords)
{
	static const char known[] = "$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$HboGM6qPrsK.StKYGt6KErmUYtioHreJd98oIugoNB6";
	struct arena *a = arena_new(1 << 20);
	struct str hash, again, long_one = { arena_alloc(a, PASSWORD_MAX + 1), PASSWORD_MAX + 1 };
	bool good;
	struct err e;

	ck_assert_int_eq(password_verify(NULL, STR("pleaseletmein"), STR(known), &good, &e), 0);
	ck_assert(good);
	ck_assert_int_eq(password_verify(NULL, STR("Pleaseletmein"), STR(known), &good, &e), 0);
	ck_assert(!good);
	ck_assert_int_eq(password_hash(NULL, a, STR("correct horse"), &hash, &e), 0);
	ck_assert_int_eq(password_hash(NULL, a, STR("correct horse"), &again, &e), 0);
	ck_assert(str_starts(hash, STR("$y$")) && !str_eq(hash, again));
	ck_assert_int_eq(password_verify(NULL, STR("correct horse"), hash, &good, &e), 0);
	ck_assert(good);
	ck_assert_int_eq(password_verify(NULL, STR("correct horsf"), hash, &good, &e), 0);
	ck_assert(!good);
	/* no hash at all, another kind, a broken one */
	ck_assert_int_eq(password_verify(NULL, STR("x"), STR(""), &good, &e), 0);
	ck_assert(!good);
	ck_assert_int_eq(password_verify(NULL, STR("Hello world!"), STR("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8"), &good, &e), 0);
	ck_assert(!good);
	ck_assert_int_eq(password_verify(NULL, STR("x"), STR("$y$nonsense"), &good, &e), 0);
	ck_assert(!good);
	memset((char *)long_one.p, 'x', long_one.n);
	ck_assert_int_eq(password_hash(NULL, a, long_one, &hash, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INVALID);
	ck_assert_int_eq(password_hash(NULL, a, STR(""), &hash, &e), -1);
	ck_assert_int_eq(password_hash(NULL, a, STR("a\0b"), &hash, &e), -1);
	long_one.n--;
	ck_assert_int_eq(password_hash(NULL, a, long_one, &hash, &e), 0);
	arena_free(&a);
}
END_TEST

static void *verify_once(void *gate)
{
	bool good;

	/* The cheapest hash there is: all must be through within the time that one waits. */
	if (password_verify(gate, STR("correct horse"), STR("$y$j75$saltsaltsalt$zQziiNee/3jd.PJJvsNgy7GH5uO3HbsUNcQ3Jsopj2B"), &good, NULL) != 0)
		return gate;
	return good ? NULL : gate;
}

/* A gate for one still lets eight through, one after the other; a shut gate answers busy and does not wait for ever. */
START_TEST(password_gates)
{
	struct password_gate *g = password_gate_new(1), *shut = password_gate_new(0);
	int64_t start = clock_mono_ms();
	struct err e;
	pthread_t t[8];
	void *result;
	bool good;

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, verify_once, g), 0);
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_join(t[i], &result), 0);
		ck_assert_ptr_null(result);
	}
	ck_assert_int_eq(password_verify(shut, STR("x"), STR("$y$jD5.7$LdJMENpBABJJ3hIHjB1Bi.$x"), &good, &e), -1);
	ck_assert_int_eq(e.kind, ERR_BUSY);
	ck_assert_int_ge(clock_mono_ms() - start, 4900);
	password_gate_free(&g);
	password_gate_free(&shut);
	ck_assert_ptr_null(g);
	password_gate_free(&g);
}
END_TEST

TCase *cases_keys(void)
{
	TCase *tc = tcase_create("keys");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, keyring_derives, 0, N_OF(masters));
	tcase_add_loop_test(tc, keyring_refuses, 0, N_OF(no_masters));
	tcase_add_test(tc, keys_are_made);
	tcase_add_loop_test(tc, keys_are_parsed, 0, N_OF(keys));
	tcase_add_test(tc, passwords);
	tcase_add_test(tc, password_gates);
	return tc;
}
