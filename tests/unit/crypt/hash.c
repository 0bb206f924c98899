/*
 * Hashes, HMAC and encodings by published vectors: FIPS 180-4, RFC 1321, RFC 4231, RFC 4648.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/crypt/cases.h"

static const struct {
	const char *text, *md5, *sha1, *sha256;
} digests[] = {
	{ "", "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "8215ef0796a20bcaaae116d3876c664a",
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

START_TEST(digest_vectors)
{
	struct arena *a = arena_new(1 << 16);
	struct str text = str_of(digests[_i].text);
	uint8_t raw[SHA256_SIZE];

	ck_assert_text(crypt_md5_hex(a, text), digests[_i].md5);
	ck_assert_text(crypt_sha1_hex(a, text), digests[_i].sha1);
	ck_assert_text(crypt_sha256_hex(a, text), digests[_i].sha256);
	crypt_sha256(text, raw);
	ck_assert_text(crypt_hex(a, BYTES(raw)), digests[_i].sha256);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *key, *data, *mac; /* hex */
} macs[] = {
	/* RFC 4231, cases 1 to 4, 6 and 7 */
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
	{ "0102030405060708090a0b0c0d0e0f10111213141516171819",
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
	    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaa", "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	/* no key, no data; it also shows that the key of the time before is gone */
	{ "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
	{ "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
};

START_TEST(hmac_vectors)
{
	struct arena *a = arena_new(1 << 16);
	uint8_t mac[SHA256_SIZE];
	struct str key, data;

	for (int i = 0; i < N_OF(macs); i++) {
		ck_assert(crypt_unhex(a, str_of(macs[i].key), &key));
		ck_assert(crypt_unhex(a, str_of(macs[i].data), &data));
		crypt_hmac_sha256(key, data, mac);
		ck_assert_text(crypt_hex(a, BYTES(mac)), macs[i].mac);
	}
	crypt_hmac_sha256((struct str){ NULL, 0 }, (struct str){ NULL, 0 }, mac);
	ck_assert_text(crypt_hex(a, BYTES(mac)), macs[5].mac);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *bytes, *text;
} base64[] = {
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" }, { "\xfb\xff\xfe", "+//+" },
};

START_TEST(base64_vectors)
{
	struct arena *a = arena_new(1 << 16);
	struct str back;

	ck_assert_text(crypt_base64(a, str_of(base64[_i].bytes)), base64[_i].text);
	ck_assert(crypt_unbase64(a, str_of(base64[_i].text), &back));
	ck_assert_text(back, base64[_i].bytes);
	arena_free(&a);
}
END_TEST

static const char *const not_base64[] = { "Z", "Zg", "Zg=", "Zg=== ", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "Zg==Zg==", "=Zg=", "====", "Z===", "-_-_", "Zm9v=" };

START_TEST(base64_is_strict)
{
	struct arena *a = arena_new(1 << 16);
	struct str out;

	ck_assert_msg(!crypt_unbase64(a, str_of(not_base64[_i]), &out), "\"%s\" was taken", not_base64[_i]);
	arena_free(&a);
}
END_TEST

START_TEST(encodings_round_trip)
{
	struct arena *a = arena_new(1 << 20);
	uint8_t bytes[257];
	struct str out;

	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct str in = { (const char *)bytes, n };

		crypt_random(bytes, n);
		ck_assert(crypt_unbase64(a, crypt_base64(a, in), &out) && str_eq(in, out));
		ck_assert(crypt_unhex(a, crypt_hex(a, in), &out) && str_eq(in, out));
	}
	ck_assert(crypt_unhex(a, STR("DeadBEEF"), &out) && str_eq(out, STR("\xde\xad\xbe\xef")));
	ck_assert(!crypt_unhex(a, STR("abc"), &out));
	ck_assert(!crypt_unhex(a, STR("0g"), &out));
	ck_assert(!crypt_unhex(a, STR("0x"), &out));
	arena_free(&a);
}
END_TEST

START_TEST(comparing)
{
	ck_assert(crypt_same(STR("abc"), STR("abc")));
	ck_assert(crypt_same(STR(""), (struct str){ NULL, 0 }));
	ck_assert(!crypt_same(STR("abc"), STR("abd")));
	ck_assert(!crypt_same(STR("abc"), STR("abcd")));
	ck_assert(!crypt_same(STR("abc"), STR("")));
}
END_TEST

/* Every bit of 64 KiB near its fair share, and no two reads alike. */
START_TEST(random_looks_random)
{
	static uint8_t one[65536], two[65536];
	unsigned bits[8] = { 0 };

	crypt_random(one, sizeof(one));
	for (size_t i = 0; i < sizeof(two); i += 16)
		crypt_random(two + i, 16);
	ck_assert_int_ne(memcmp(one, two, sizeof(one)), 0);
	for (size_t i = 0; i < sizeof(one); i++)
		for (int b = 0; b < 8; b++)
			bits[b] += (one[i] >> b & 1) + (two[i] >> b & 1);
	for (int b = 0; b < 8; b++)
		ck_assert(bits[b] > 64136 && bits[b] < 66936);
}
END_TEST

/* What a thread holds in reserve must not come out of two processes. */
START_TEST(random_after_fork)
{
	uint8_t parent[32], child[32];
	int pipes[2], status;
	pid_t pid;

	crypt_random(parent, sizeof(parent));
	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		crypt_random(child, sizeof(child));
		_exit(write(pipes[1], child, sizeof(child)) == sizeof(child) ? 0 : 1);
	}
	crypt_random(parent, sizeof(parent));
	ck_assert_int_eq(read(pipes[0], child, sizeof(child)), sizeof(child));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_ne(memcmp(parent, child, sizeof(parent)), 0);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

TCase *cases_hash(void)
{
	TCase *tc = tcase_create("hash");

	tcase_add_loop_test(tc, digest_vectors, 0, N_OF(digests));
	tcase_add_test(tc, hmac_vectors);
	tcase_add_loop_test(tc, base64_vectors, 0, N_OF(base64));
	tcase_add_loop_test(tc, base64_is_strict, 0, N_OF(not_base64));
	tcase_add_test(tc, encodings_round_trip);
	tcase_add_test(tc, comparing);
	tcase_add_test(tc, random_looks_random);
	tcase_add_test(tc, random_after_fork);
	return tc;
}
