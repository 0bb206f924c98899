/* TLS against openssl s_server, with certificates made here: what fails in the handshake was not sent. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/net/net.h"
#include "tests/unit/net/certificates.h"
#include "tests/unit/net/peer.h"
#include "tests/unit/net/suites.h"
#include "tests/unit/slow.h"

static struct arena *arena;
static struct peer peer;

static void set_up(void)
{
	arena = arena_new(1024 * 1024);
}

static void tear_down(void)
{
	arena_free(&arena);
}

/* Starts a TLS server on a free port, which it prints. */
static pid_t serve(const char *cert, const char *key, const char *protocol, int *port)
{
	const char *const argv[] = { "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", cert,
	    "-key", key, "-www", "-cipher", "DEFAULT:@SECLEVEL=0", protocol, NULL };
	char text[4096], *at;
	size_t n = 0;
	int out[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	pid = certificates_spawn(argv, out[1]);
	close(out[1]);
	for (;;) {
		ssize_t got = read(out[0], text + n, sizeof(text) - 1 - n);

		ck_assert_msg(got > 0, "openssl s_server did not start");
		n += (size_t)got;
		text[n] = '\0';
		at = strstr(text, "ACCEPT 127.0.0.1:");
		if (at != NULL && strchr(at, '\n') != NULL)
			break;
	}
	*port = (int)strtol(at + 17, NULL, 10);
	/* the pipe stays open: s_server goes on printing */
	return pid;
}

static struct net *open_net(const char *ca)
{
	struct net_options o = { .allow_networks = STR("127.0.0.0/8") };
	struct net *net;
	struct err e;

	o.ca_file = str_of(certificates_path(arena, ca, "pem"));
	ck_assert_int_eq(net_open(&o, &net, &e), 0);
	return net;
}

static struct http_reply get(struct net *net, int port, bool once, int ms)
{
	struct http_call call = { .method = STR("GET"), .once = once };
	struct http_reply r;

	call.url = arena_printf(arena, "https://127.0.0.1:%d/", port);
	net_run(net, arena, &call, &r, 1, clock_mono_us() + ms * slow_by(4) * 1000);
	return r;
}

static const struct {
	const char *cert, *key, *protocol, *ca;
	enum http_end end;
} handshakes[] = {
	{ "good.pem", "good.key", "-no_ssl3", "ca", HTTP_DONE },
	{ "good.pem", "good.key", "-tls1_2", "ca", HTTP_DONE },
	{ "good.pem", "good.key", "-no_ssl3", "other", HTTP_NOT_SENT },
	{ "name.pem", "name.key", "-no_ssl3", "ca", HTTP_NOT_SENT },
	{ "old.pem", "old.key", "-no_ssl3", "ca", HTTP_NOT_SENT },
	{ "good.pem", "good.key", "-tls1_1", "ca", HTTP_NOT_SENT },
	{ "good.pem", "good.key", "-no_ssl3", "missing", HTTP_NOT_SENT },
};

START_TEST(handshake)
{
	struct http_reply r;
	struct net *net;
	int port;
	/* Before the first thread: a process that is forked off beside threads may find their locks held. */
	pid_t pid = serve(handshakes[_i].cert, handshakes[_i].key, handshakes[_i].protocol, &port);

	net = open_net(handshakes[_i].ca);
	r = get(net, port, _i % 2, 15000);
	ck_assert_msg(r.end == handshakes[_i].end, "%d: end %d (%s)", _i, r.end, r.detail);
	if (r.end == HTTP_DONE)
		ck_assert_int_eq(r.status, 200);
	else
		ck_assert_int_eq(r.why, HTTP_WHY_TLS);
	net_close(&net);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

/* No TLS behind the port: garbage, an end, and silence within the handshake. None of the request left. */
static const enum peer_way no_tls[] = { PEER_GARBAGE, PEER_RESET_FIRST, PEER_SILENT };

START_TEST(no_handshake)
{
	struct net *net = open_net("ca");
	struct http_reply r;

	peer_start(&peer, no_tls[_i]);
	r = get(net, peer.port, true, 2000);
	ck_assert_int_eq(r.end, HTTP_NOT_SENT);
	ck_assert(r.why == HTTP_WHY_TLS || r.why == HTTP_WHY_UNREACHABLE);
	net_close(&net);
	peer_stop(&peer);
}
END_TEST

/*
 * The store of authorities is read once, not for each connection: with the file gone, new connections still succeed. (Reading it
 * takes tens of milliseconds in OpenSSL 3, for each handshake of a post.)
 */
START_TEST(authorities_are_read_once)
{
	const char *from = certificates_path(arena, "ca", "pem"), *to = certificates_path(arena, "away", "pem");
	struct net *net;
	int port;
	pid_t pid = serve("good.pem", "good.key", "-no_ssl3", &port);

	net = open_net("ca");
	ck_assert_int_eq(get(net, port, true, 15000).end, HTTP_DONE);
	ck_assert_int_eq(rename(from, to), 0);
	ck_assert_int_eq(get(net, port, true, 15000).end, HTTP_DONE);
	ck_assert_int_eq(rename(to, from), 0);
	net_close(&net);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

TCase *tls_cases(void)
{
	TCase *tc = tcase_create("tls");

	tcase_add_unchecked_fixture(tc, certificates_make, certificates_remove);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 90);
	tcase_add_loop_test(tc, handshake, 0, N_OF(handshakes));
	tcase_add_loop_test(tc, no_handshake, 0, N_OF(no_tls));
	tcase_add_test(tc, authorities_are_read_once);
	return tc;
}
