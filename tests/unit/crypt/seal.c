/*
 * Sealing: a published vector, every byte tampered with, every place bound, and many threads at once.
 */
#include <pthread.h>

#include "tests/unit/crypt/cases.h"

/* The GCM specification's test case 16 (AES-256, with associated data). */
static const char gcm_key[] = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
static const char gcm_nonce[] = "cafebabefacedbaddecaf888";
static const char gcm_aad[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char gcm_plain[] =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char gcm_sealed[] =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
static const char gcm_tag[] = "76fc6ece0f4e1768cddf8853bb2d551b";

static struct str unhex(struct arena *a, const char *hex)
{
	struct str out;

	ck_assert(crypt_unhex(a, str_of(hex), &out));
	return out;
}

START_TEST(gcm_vector)
{
	struct arena *a = arena_new(1 << 16);
	struct str key = unhex(a, gcm_key), sealed = unhex(a, arena_printf(a, "01%s%s%s", gcm_nonce, gcm_sealed, gcm_tag).p), out;
	struct err e;

	ck_assert_int_eq(crypt_unseal(a, (const uint8_t *)key.p, unhex(a, gcm_aad), sealed, &out, &e), 0);
	ck_assert(str_eq(out, unhex(a, gcm_plain)));
	arena_free(&a);
}
END_TEST

static void refused(struct arena *a, const uint8_t *key, struct str aad, struct str sealed)
{
	struct str out = STR("untouched");
	struct err e;

	ck_assert_int_eq(crypt_unseal(a, key, aad, sealed, &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
	ck_assert_str_eq(e.code, "unsealable");
	ck_assert_text(out, "untouched");
}

START_TEST(round_trip)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 300, 100000 };
	struct arena *a = arena_new(1 << 20);
	uint8_t key[SEAL_KEY_SIZE];
	struct err e;

	crypt_random(key, sizeof(key));
	for (int i = 0; i < N_OF(sizes); i++) {
		struct str plain = { arena_alloc(a, sizes[i] + 1), sizes[i] }, sealed, again, out;

		crypt_random((void *)plain.p, plain.n);
		sealed = crypt_seal(a, key, STR("lead.sealed:1"), plain);
		again = crypt_seal(a, key, STR("lead.sealed:1"), plain);
		ck_assert_uint_eq(sealed.n, plain.n + SEAL_OVERHEAD);
		ck_assert(!str_eq(sealed, again));
		ck_assert_int_eq(crypt_unseal(a, key, STR("lead.sealed:1"), sealed, &out, &e), 0);
		ck_assert(str_eq(out, plain));
	}
	ck_assert_int_eq(crypt_unseal(a, key, (struct str){ NULL, 0 }, crypt_seal(a, key, STR(""), (struct str){ NULL, 0 }), &(struct str){ 0 },
	    &e), 0);
	arena_free(&a);
}
END_TEST

START_TEST(tampering_is_seen)
{
	struct arena *a = arena_new(1 << 20);
	uint8_t key[SEAL_KEY_SIZE] = { 1 }, other[SEAL_KEY_SIZE] = { 2 };
	struct str aad = STR("secret:7:token"), sealed = crypt_seal(a, key, aad, STR("a secret of a buyer"));
	struct str out;
	struct err e;

	for (size_t i = 0; i < sealed.n; i++) {
		struct str bad = arena_str(a, sealed);

		((char *)bad.p)[i] ^= 1;
		refused(a, key, aad, bad);
		refused(a, key, aad, (struct str){ sealed.p, i });
	}
	refused(a, other, aad, sealed);
	refused(a, key, STR("secret:8:token"), sealed);
	refused(a, key, STR(""), sealed);
	refused(a, key, aad, (struct str){ NULL, 0 });
	/* and the thread's context is none the worse */
	ck_assert_int_eq(crypt_unseal(a, key, aad, sealed, &out, &e), 0);
	ck_assert_text(out, "a secret of a buyer");
	arena_free(&a);
}
END_TEST

static void *seal_much(void *arg)
{
	struct arena *a = arena_new(1 << 20);
	uint8_t key[SEAL_KEY_SIZE] = { 0 };
	long wrong = 0;

	key[0] = (uint8_t)(uintptr_t)arg;
	for (int i = 0; i < 500; i++) {
		struct str aad = arena_printf(a, "%d", i), plain = arena_printf(a, "%p-%d", arg, i), out;
		uint8_t hash[SHA256_SIZE];

		crypt_hmac_sha256(aad, plain, hash);
		if (crypt_unseal(a, key, aad, crypt_seal(a, key, aad, plain), &out, NULL) != 0 || !str_eq(out, plain))
			wrong++;
		arena_reset(a);
	}
	arena_free(&a);
	return (void *)wrong;
}

START_TEST(threads)
{
	pthread_t t[8];
	void *wrong;

	for (uintptr_t i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, seal_much, (void *)i), 0);
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(pthread_join(t[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
}
END_TEST

TCase *cases_seal(void)
{
	TCase *tc = tcase_create("seal");

	tcase_add_test(tc, gcm_vector);
	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, tampering_is_seen);
	tcase_add_test(tc, threads);
	return tc;
}
