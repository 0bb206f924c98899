/* Letters over TLS, from the first byte and by STARTTLS, to a small mail server with a certificate of its own. */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/net/net.h"
#include "tests/unit/net/certificates.h"
#include "tests/unit/net/suites.h"
#include "tests/unit/slow.h"

enum { SEEN_MAX = 32 * 1024, LINE_MAX_BYTES = 2048 };

struct seen {
	char text[SEEN_MAX];
	size_t n;
};

static struct server {
	bool at_once;              /* smtps: TLS before the first word */
	SSL_CTX *context;
	SSL *tls;                  /* NULL: in the clear */
	int listen_fd, fd, port;
	pthread_t thread;
	struct seen plain, sealed; /* what came before TLS, and within it */
	char line[LINE_MAX_BYTES];
} server;

static struct arena *arena;

static bool say(const char *words)
{
	int n = (int)strlen(words);

	return server.tls != NULL ? SSL_write(server.tls, words, n) == n : send(server.fd, words, (size_t)n, MSG_NOSIGNAL) == n;
}

static bool take_byte(char *c)
{
	return server.tls != NULL ? SSL_read(server.tls, c, 1) == 1 : recv(server.fd, c, 1, 0) == 1;
}

static bool take_line(void)
{
	struct seen *to = server.tls != NULL ? &server.sealed : &server.plain;
	size_t n = 0;
	char c;

	while (n + 1 < sizeof(server.line) && take_byte(&c)) {
		server.line[n++] = c;
		if (to->n + 1 < sizeof(to->text))
			to->text[to->n++] = c;
		if (c == '\n')
			break;
	}
	server.line[n] = '\0';
	return n > 0;
}

static bool secure(void)
{
	server.tls = SSL_new(server.context);
	return server.tls != NULL && SSL_set_fd(server.tls, server.fd) == 1 && SSL_accept(server.tls) == 1;
}

static bool is_command(const char *word)
{
	return strncmp(server.line, word, strlen(word)) == 0;
}

static bool take_message(void)
{
	if (!say("354 go on\r\n"))
		return false;
	while (take_line())
		if (strcmp(server.line, ".\r\n") == 0)
			return say("250 queued\r\n");
	return false;
}

static bool obey(void)
{
	if (is_command("EHLO"))
		return say(server.tls != NULL ? "250-mail.localhost\r\n250 AUTH PLAIN\r\n" : "250-mail.localhost\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n");
	if (is_command("STARTTLS"))
		return say("220 go on\r\n") && secure();
	if (is_command("AUTH"))
		return say("334 \r\n") && take_line() && say("235 welcome\r\n");
	if (is_command("DATA"))
		return take_message();
	if (is_command("QUIT"))
		return say("221 bye\r\n") && false;
	return say("250 fine\r\n");
}

static void *serve(void *arg)
{
	(void)arg;
	server.fd = accept(server.listen_fd, NULL, NULL);
	if (server.fd < 0)
		return NULL;
	if ((!server.at_once || secure()) && say("220 mail.localhost ESMTP\r\n"))
		while (take_line() && obey())
			continue;
	if (server.tls != NULL)
		SSL_free(server.tls);
	close(server.fd);
	return NULL;
}

static void server_open(const char *certificate, bool at_once)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	memset(&server, 0, sizeof(server));
	server.at_once = at_once;
	server.context = SSL_CTX_new(TLS_server_method());
	ck_assert_ptr_nonnull(server.context);
	ck_assert_int_eq(SSL_CTX_use_certificate_file(server.context, certificates_path(arena, certificate, "pem"), SSL_FILETYPE_PEM), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(server.context, certificates_path(arena, certificate, "key"), SSL_FILETYPE_PEM), 1);
	server.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert(bind(server.listen_fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(server.listen_fd, 5) == 0);
	ck_assert(getsockname(server.listen_fd, (struct sockaddr *)&at, &n) == 0);
	server.port = ntohs(at.sin_port);
	ck_assert(pthread_create(&server.thread, NULL, serve, NULL) == 0);
}

static void server_close(void)
{
	shutdown(server.listen_fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.listen_fd);
	SSL_CTX_free(server.context);
}

static struct http_reply send_letter(const char *scheme, const char *ca)
{
	struct str to = STR("a@buyer.example.com");
	struct letter letter = { &to, 1, STR("New lead"), STR("hello\n"), STR("sal_01") };
	struct http_call call = { .letter = &letter, .timeout_ms = 5000 * slow_by(4) };
	struct net_options o = { .smtp_from = STR("leads@example.com"), .smtp_user = STR("gavel"), .smtp_password = STR("open sesame") };
	struct http_reply reply;
	struct net *net;
	struct err e;

	o.smtp_url = arena_printf(arena, "%s://mail.localhost:%d/gavel.example.com", scheme, server.port);
	o.ca_file = str_of(certificates_path(arena, ca, "pem"));
	ck_assert_int_eq(net_open(&o, &net, &e), 0);
	net_hand_over(net, arena, &call, &reply, clock_mono_us() + INT64_C(60000000));
	net_close(&net);
	return reply;
}

static const struct {
	const char *scheme, *certificate, *ca;
	bool good;
} ways[] = {
	{ "smtp", "mail", "ca", true },
	{ "smtps", "mail", "ca", true },
	{ "smtp", "name", "ca", false },    /* of another name */
	{ "smtps", "name", "ca", false },
	{ "smtp", "mail", "other", false }, /* signed by nobody whom we know */
	{ "smtps", "mail", "other", false },
};

/* Who is not the mail server that was named gets neither the password nor the letter, in the clear nor otherwise. */
START_TEST(letters_go_over_tls)
{
	bool at_once = strcmp(ways[_i].scheme, "smtps") == 0;
	struct http_reply r;

	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to connections that their other side has closed */
	server_open(ways[_i].certificate, at_once);
	r = send_letter(ways[_i].scheme, ways[_i].ca);
	server_close();
	ck_assert_msg(r.end == (ways[_i].good ? HTTP_DONE : HTTP_NOT_SENT), "%d: end %d (%s)", _i, r.end, r.detail);
	ck_assert_str_eq(server.plain.text, at_once ? "" : "EHLO gavel.example.com\r\nSTARTTLS\r\n");
	if (!ways[_i].good) {
		ck_assert_ptr_nonnull(strstr(r.detail, "certificate"));
		ck_assert_str_eq(server.sealed.text, "");
		return;
	}
	ck_assert_int_eq(r.status, 250);
	ck_assert_ptr_nonnull(strstr(server.sealed.text, "EHLO gavel.example.com\r\nAUTH PLAIN\r\nAGdhdmVsAG9wZW4gc2VzYW1l\r\n"));
	ck_assert_ptr_nonnull(strstr(server.sealed.text, "RCPT TO:<a@buyer.example.com>\r\nDATA\r\n"));
	ck_assert_ptr_nonnull(strstr(server.sealed.text, "\r\n\r\nhello\r\n.\r\n"));
}
END_TEST

static void set_up(void)
{
	arena = arena_new(8 * 1024 * 1024);
}

static void tear_down(void)
{
	arena_free(&arena);
}

TCase *mail_tls_cases(void)
{
	TCase *tc = tcase_create("mail_tls");

	tcase_add_unchecked_fixture(tc, certificates_make, certificates_remove);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 90);
	tcase_add_loop_test(tc, letters_go_over_tls, 0, N_OF(ways));
	return tc;
}
