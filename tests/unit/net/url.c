#include "lib/net/net.h"
#include "lib/net/url.h"
#include "tests/unit/net/suites.h"

/* host NULL: refused. */
static const struct {
	const char *url, *host, *port;
	bool plain, literal;
} urls[] = {
	{ "https://buyer.example/v2/leads", "buyer.example", "443", false, false },
	{ "HTTPS://Buyer.Example:8443?x=1", "Buyer.Example", "8443", false, false },
	{ "http://buyer.example", "buyer.example", "80", true, false },
	{ "http://buyer.example#f", "buyer.example", "80", true, false },
	{ "https://xn--bcher-kva.example/", "xn--bcher-kva.example", "443", false, false },
	{ "https://a_b.example/", "a_b.example", "443", false, false },
	{ "https://127.0.0.1/", "127.0.0.1", "443", false, true },
	{ "https://[::1]:8443/", "::1", "8443", false, true },
	{ "https://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1", "443", false, true },
	{ "https://0x7f.1/", "127.0.0.1", "443", false, true },
	{ "https://2130706433/", "127.0.0.1", "443", false, true },
	{ "https://0177.0.0.1/", "127.0.0.1", "443", false, true },
	{ "https://127.1/", "127.0.0.1", "443", false, true },
	{ "https://buyer.example/a@b:c?d=http://10.0.0.1/", "buyer.example", "443", false, false },
	{ "ftp://buyer.example/", NULL, NULL, false, false },
	{ "file:///etc/passwd", NULL, NULL, false, false },
	{ "gopher://buyer.example/", NULL, NULL, false, false },
	{ "//buyer.example/", NULL, NULL, false, false },
	{ "buyer.example/", NULL, NULL, false, false },
	{ "https:/buyer.example/", NULL, NULL, false, false },
	{ "https:///path", NULL, NULL, false, false },
	{ "https://", NULL, NULL, false, false },
	{ "https://?x", NULL, NULL, false, false },
	{ "", NULL, NULL, false, false },
	{ "https://user@buyer.example/", NULL, NULL, false, false },
	{ "https://user:secret@buyer.example/", NULL, NULL, false, false },
	{ "https://buyer.example@10.0.0.1/", NULL, NULL, false, false },
	{ "https://buyer%2eexample/", NULL, NULL, false, false },
	{ "https://buyer.example\\@10.0.0.1/", NULL, NULL, false, false },
	{ "https://buyer.example:0/", NULL, NULL, false, false },
	{ "https://buyer.example:99999/", NULL, NULL, false, false },
	{ "https://buyer.example:x/", NULL, NULL, false, false },
	{ "https://[::1/", NULL, NULL, false, false },
	{ "https://[fe80::1%25lo]/", NULL, NULL, false, false },
	{ "https://b\xc3\xbc" "cher.example/", NULL, NULL, false, false },
	{ "https://buyer.example./", NULL, NULL, false, false },
	{ "https://127.0.0.1./", NULL, NULL, false, false },
	{ "https://buyer.example/a b", NULL, NULL, false, false },
	{ "https://buyer.example/\r\nX: 1", NULL, NULL, false, false },
	{ "https://buyer.example/\xc3\xa9", NULL, NULL, false, false },
	{ "https://buyer.example/\x7f", NULL, NULL, false, false },
	{ " https://buyer.example/", NULL, NULL, false, false },
};

START_TEST(places)
{
	struct url_place place;
	struct str origin;
	const char *why = NULL;
	bool good = url_scan(str_of(urls[_i].url), &origin, &why) && url_place(origin, &place, &why);

	ck_assert_msg(good == (urls[_i].host != NULL), "%s: %s", urls[_i].url, why != NULL ? why : "taken");
	ck_assert(good == net_url_wellformed(str_of(urls[_i].url), NULL));
	if (!good) {
		ck_assert_ptr_nonnull(why);
		return;
	}
	ck_assert_str_eq(place.name, urls[_i].host);
	ck_assert_str_eq(place.port, urls[_i].port);
	ck_assert(place.plain == urls[_i].plain);
	ck_assert(place.literal == urls[_i].literal);
}
END_TEST

START_TEST(refuses_what_is_too_long)
{
	static char url[URL_MAX + 2];
	struct str origin;
	const char *why;

	memset(url, 'a', sizeof(url));
	memcpy(url, "https://b.example/", 18);
	ck_assert(url_scan((struct str){ url, URL_MAX }, &origin, &why));
	ck_assert(!url_scan((struct str){ url, URL_MAX + 1 }, &origin, &why));
	memset(url + 8, 'a', 400);
	ck_assert(!url_scan((struct str){ url, 400 }, &origin, &why));
	ck_assert(!url_scan((struct str){ "https://b.example/\0x", 20 }, &origin, &why));
}
END_TEST

static const struct {
	const char *allow, *url;
	bool ok;
} permissions[] = {
	{ "", "https://buyer.example/", true },
	{ "", "http://buyer.example/", true }, /* judged again when it is resolved */
	{ "", "https://8.8.8.8/", true },
	{ "", "http://8.8.8.8/", false },
	{ "", "https://10.0.0.1/", false },
	{ "", "https://0xa9fea9fe/", false },
	{ "", "https://[::ffff:10.0.0.1]/", false },
	{ "10.0.0.0/8", "https://10.0.0.1/", true },
	{ "10.0.0.0/8", "http://10.0.0.1/", true },
	{ "10.0.0.0/8", "http://012.1/", true },
	{ "10.0.0.0/8", "http://127.0.0.1/", false },
	{ "10.0.0.0/8", "nonsense", false },
};

START_TEST(may_be_called)
{
	struct net_options o = { .allow_networks = str_of(permissions[_i].allow) };
	const char *why = NULL;
	struct net *net;
	struct err e;

	ck_assert_int_eq(net_open(&o, &net, &e), 0);
	ck_assert_msg(net_url_ok(net, str_of(permissions[_i].url), &why) == permissions[_i].ok, "%s", permissions[_i].url);
	ck_assert((why == NULL) == permissions[_i].ok);
	ck_assert(net_url_ok(net, str_of(permissions[_i].url), NULL) == permissions[_i].ok);
	net_close(&net);
	ck_assert_ptr_null(net);
}
END_TEST

START_TEST(refuses_bad_options)
{
	struct net_options o = { .allow_networks = STR("loopback") };
	struct net *net = NULL;
	struct err e;

	ck_assert_int_eq(net_open(&o, &net, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_null(net);
}
END_TEST

TCase *url_cases(void)
{
	TCase *tc = tcase_create("url");

	tcase_add_loop_test(tc, places, 0, N_OF(urls));
	tcase_add_test(tc, refuses_what_is_too_long);
	tcase_add_loop_test(tc, may_be_called, 0, N_OF(permissions));
	tcase_add_test(tc, refuses_bad_options);
	return tc;
}
