/*
 * Standard Webhooks: signatures computed by other means (Python's hmac), and every way in which one can be wrong.
 */
#include "tests/unit/crypt/cases.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define BODY "{\"test\": 2432232314}"
#define SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

enum { AT = 1614265330 };

START_TEST(signing)
{
	struct arena *a = arena_new(1 << 16);
	struct str out;
	struct err e;

	ck_assert_int_eq(webhook_sign(a, STR(SECRET), STR(ID), AT, STR(BODY), &out, &e), 0);
	ck_assert_text(out, SIGNATURE);
	ck_assert_int_eq(webhook_sign(a, STR("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), STR("msg_1"), 1700000000, STR(""), &out,
	    &e), 0);
	ck_assert_text(out, "v1,amcCR9+HGJUcbpN0HzliuKzDJkenCx5mV9lf3DlQ0mM=");
	arena_free(&a);
}
END_TEST

START_TEST(own_secrets)
{
	struct arena *a = arena_new(1 << 16);
	struct str secret = webhook_secret_make(a), other = webhook_secret_make(a), out, at;
	struct err e;

	ck_assert_uint_eq(secret.n, 6 + 44);
	ck_assert(!str_eq(secret, other));
	for (int i = 0; i < 100; i++) {
		struct str one = webhook_secret_make(a);

		ck_assert(memchr(one.p, '+', one.n) == NULL && memchr(one.p, '/', one.n) == NULL && memchr(one.p, '=', one.n) == NULL);
	}
	at = arena_printf(a, "%d", AT);
	ck_assert_int_eq(webhook_sign(a, secret, STR("i"), AT, STR("b"), &out, &e), 0);
	ck_assert_int_eq(webhook_verify(secret, STR("i"), at, out, STR("b"), AT, 300), WEBHOOK_GOOD);
	ck_assert_int_eq(webhook_verify(other, STR("i"), at, out, STR("b"), AT, 300), WEBHOOK_FORGED);
	arena_free(&a);
}
END_TEST

static const char *const bad_secrets[] = {
	"", "whsec_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_plJ3nmyCDGBKInavdOK15jsl", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AAECAwQFBgcICQoLDA0ODxAREhMU",
};

START_TEST(bad_secret)
{
	struct arena *a = arena_new(1 << 16);
	struct str secret = str_of(bad_secrets[_i]), out;
	struct err e;

	ck_assert_int_eq(webhook_sign(a, secret, STR(ID), AT, STR(BODY), &out, &e), -1);
	ck_assert_int_eq(e.kind, ERR_INVALID);
	ck_assert_int_eq(webhook_verify(secret, STR(ID), STR("1614265330"), STR(SIGNATURE), STR(BODY), AT, 300), WEBHOOK_MALFORMED);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *id, *timestamp, *signatures, *body;
	int64_t now;
	enum webhook_check want;
} checks[] = {
	{ ID, "1614265330", SIGNATURE, BODY, AT, WEBHOOK_GOOD },
	{ ID, "1614265330", SIGNATURE, BODY, AT + 300, WEBHOOK_GOOD },
	{ ID, "1614265330", SIGNATURE, BODY, AT - 300, WEBHOOK_GOOD },
	{ ID, "1614265330", "v1,AAAA " SIGNATURE, BODY, AT, WEBHOOK_GOOD },
	{ ID, "1614265330", SIGNATURE " v1,AAAA", BODY, AT, WEBHOOK_GOOD },
	{ ID, "1614265330", "v1a,xyz " SIGNATURE, BODY, AT, WEBHOOK_GOOD },
	{ ID, "1614265330", SIGNATURE, BODY, AT + 301, WEBHOOK_STALE },
	{ ID, "1614265330", SIGNATURE, BODY, AT - 301, WEBHOOK_STALE },
	{ ID, "1614265331", SIGNATURE, BODY, AT, WEBHOOK_FORGED },
	{ "msg_q5jXN8AQM9LWM0D4loKWxJek", "1614265330", SIGNATURE, BODY, AT, WEBHOOK_FORGED },
	{ ID, "1614265330", SIGNATURE, BODY " ", AT, WEBHOOK_FORGED },
	{ ID, "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=", BODY, AT, WEBHOOK_FORGED },
	{ ID, "1614265330", "v1,g0hM9SsE", BODY, AT, WEBHOOK_FORGED },
	{ ID, "1614265330", "v1," SIGNATURE, BODY, AT, WEBHOOK_FORGED },
	{ ID, "1614265330", "", BODY, AT, WEBHOOK_MALFORMED },
	{ ID, "1614265330", "v1a,g0hM9SsE", BODY, AT, WEBHOOK_MALFORMED },
	{ ID, "", SIGNATURE, BODY, AT, WEBHOOK_MALFORMED },
	{ ID, "-1", SIGNATURE, BODY, AT, WEBHOOK_MALFORMED },
	{ ID, "1614265330.5", SIGNATURE, BODY, AT, WEBHOOK_MALFORMED },
	{ "", "1614265330", SIGNATURE, BODY, AT, WEBHOOK_MALFORMED },
	{ "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330", "1614265330", SIGNATURE, BODY, AT, WEBHOOK_MALFORMED },
};

START_TEST(verifying)
{
	ck_assert_int_eq(webhook_verify(STR(SECRET), str_of(checks[_i].id), str_of(checks[_i].timestamp), str_of(checks[_i].signatures),
	    str_of(checks[_i].body), checks[_i].now, 300), checks[_i].want);
}
END_TEST

TCase *cases_webhook(void)
{
	TCase *tc = tcase_create("webhook");

	tcase_add_test(tc, signing);
	tcase_add_test(tc, own_secrets);
	tcase_add_loop_test(tc, bad_secret, 0, N_OF(bad_secrets));
	tcase_add_loop_test(tc, verifying, 0, N_OF(checks));
	return tc;
}
