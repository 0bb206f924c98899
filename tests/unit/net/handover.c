/* Letters against a scripted mail server, and lines of files that several processes write at once. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/net/letter.h"
#include "lib/net/net.h"
#include "tests/unit/net/suites.h"
#include "tests/unit/slow.h"

enum { SEEN_MAX = 256 * 1024, LINES_EACH = 100, WRITERS = 3 };

/* Where a mail server breaks off or refuses; what it says there. NULL: it closes without a word. */
struct script {
	const char *at;    /* the command's beginning, "." for the message's end, "(half)" for its middle; NULL: all is well */
	const char *says;
	bool stalls;       /* says nothing and keeps the connection */
};

struct mail_peer {
	struct script script;
	int fd, port;
	pthread_t thread;
	char seen[SEEN_MAX];
	size_t n;
	char line[2048];
};

static struct arena *arena;
static struct mail_peer peer;
static char folder[] = "/tmp/gavel-drop-XXXXXX";

/* One line, kept; false at the end. */
static bool take_line(int fd, struct mail_peer *p)
{
	size_t n = 0;
	char c;

	while (n + 1 < sizeof(p->line) && recv(fd, &c, 1, 0) == 1) {
		p->line[n++] = c;
		if (p->n + 1 < sizeof(p->seen))
			p->seen[p->n++] = c;
		if (c == '\n')
			break;
	}
	p->line[n] = '\0';
	p->seen[p->n] = '\0';
	return n > 0;
}

/* False when the connection is to end. */
static bool answer(int fd, const struct script *s, const char *command, const char *usual)
{
	bool mine = s->at != NULL && strncmp(command, s->at, strlen(s->at)) == 0;
	const char *words = mine ? s->says : usual;
	char rest[64];

	if (mine && s->stalls) {
		while (recv(fd, rest, sizeof(rest), 0) > 0)
			continue;
		return false;
	}
	return words != NULL && send(fd, words, strlen(words), MSG_NOSIGNAL) > 0;
}

static void converse(int fd, struct mail_peer *p)
{
	if (!answer(fd, &p->script, "(greeting)", "220 mail.example.com ESMTP\r\n"))
		return;
	while (take_line(fd, p)) {
		const char *usual = "250 fine\r\n";

		if (strncmp(p->line, "EHLO", 4) == 0)
			usual = "250-mail.example.com\r\n250 SIZE 1000000\r\n";
		if (strncmp(p->line, "DATA", 4) == 0)
			usual = "354 go on\r\n";
		if (strncmp(p->line, "QUIT", 4) == 0)
			usual = "221 bye\r\n";
		if (!answer(fd, &p->script, p->line, usual))
			return;
		if (strncmp(p->line, "DATA", 4) != 0 || (p->script.at != NULL && strcmp(p->script.at, "DATA") == 0))
			continue;
		do {
			if (!take_line(fd, p) || (p->script.at != NULL && strcmp(p->script.at, "(half)") == 0))
				return;
		} while (strcmp(p->line, ".\r\n") != 0);
		if (!answer(fd, &p->script, ".", "250 queued\r\n"))
			return;
	}
}

static void *serve(void *arg)
{
	struct mail_peer *p = arg;
	int fd = accept(p->fd, NULL, NULL);

	if (fd >= 0) {
		converse(fd, p);
		close(fd);
	}
	return NULL;
}

static void peer_open(struct script script)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int small = 4096;

	peer.script = script;
	peer.n = 0;
	peer.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* What it does not read stays with the sender, so that a cut message was not sent whole. */
	ck_assert(setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) == 0);
	ck_assert(bind(peer.fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(peer.fd, 5) == 0);
	ck_assert(getsockname(peer.fd, (struct sockaddr *)&at, &n) == 0);
	peer.port = ntohs(at.sin_port);
	ck_assert(pthread_create(&peer.thread, NULL, serve, &peer) == 0);
}

static void peer_close(void)
{
	shutdown(peer.fd, SHUT_RDWR);
	pthread_join(peer.thread, NULL);
	close(peer.fd);
}

static struct net *open_net(struct str url)
{
	struct net_options o = { .smtp_url = url, .smtp_from = STR("Leads & Co <leads@example.com>"), .drop_dir = str_of(folder) };
	struct net *net;
	struct err e;

	ck_assert_int_eq(net_open(&o, &net, &e), 0);
	return net;
}

static struct http_reply send_letter(struct str url, struct str body, int timeout_ms)
{
	struct str to[] = { STR("a@buyer.example.com"), STR("b@buyer.example.com") };
	struct letter letter = { to, 2, STR("New lead, Z\xc3\xbcrich"), body, STR("sal_01") };
	struct http_call call = { .letter = &letter, .timeout_ms = timeout_ms };
	struct net *net = open_net(url);
	struct http_reply reply;

	net_hand_over(net, arena, &call, &reply, clock_mono_us() + 10000000);
	net_close(&net);
	return reply;
}

static struct http_reply send_to_peer(struct script script, struct str body, int timeout_ms)
{
	struct http_reply reply;

	peer_open(script);
	reply = send_letter(arena_printf(arena, "smtp://127.0.0.1:%d/gavel.example.com", peer.port), body, timeout_ms * slow_by(4));
	peer_close();
	return reply;
}

static const struct {
	struct script script;
	enum http_end end;
	int status;
} letters[] = {
	{ { NULL, NULL, false }, HTTP_DONE, 250 },
	{ { "(greeting)", "554 no\r\n", false }, HTTP_NOT_SENT, 0 },
	{ { "(greeting)", NULL, false }, HTTP_NOT_SENT, 0 },
	{ { "MAIL", "451 later\r\n", false }, HTTP_NOT_SENT, 0 },
	{ { "RCPT TO:<a@", "550 nobody here\r\n", false }, HTTP_NOT_SENT, 0 },
	{ { "RCPT TO:<b@", "550 nobody here\r\n", false }, HTTP_NOT_SENT, 0 },
	{ { "RCPT TO:<b@", NULL, false }, HTTP_NOT_SENT, 0 },
	{ { "DATA", "554 no\r\n", false }, HTTP_NOT_SENT, 0 },
	{ { "DATA", NULL, false }, HTTP_NOT_SENT, 0 },
	{ { "RCPT TO:<a@", "", true }, HTTP_NOT_SENT, 0 },
	{ { ".", "550 spam\r\n", false }, HTTP_DONE, 550 },
	{ { ".", "451 later\r\n", false }, HTTP_DONE, 451 },
	{ { ".", NULL, false }, HTTP_BROKEN, 0 },
	{ { ".", "250-half", false }, HTTP_BROKEN, 0 },
	{ { ".", "550-half\r\n", false }, HTTP_BROKEN, 0 },
	{ { ".", "", true }, HTTP_TIMEOUT, 0 },
};

START_TEST(letter_ends)
{
	const char *at = letters[_i].script.at;
	bool once_more = at != NULL && letters[_i].script.says != NULL && strstr(letters[_i].script.says, "-half") != NULL;
	struct http_reply r;

	/* An answer that stops in its middle: the connection stays, and the time runs out. */
	r = send_to_peer(letters[_i].script, STR("hello\n"), letters[_i].script.stalls || once_more ? 400 : 5000);
	if (once_more)
		ck_assert_msg(r.end == HTTP_BROKEN || r.end == HTTP_TIMEOUT, "%d: end %d", _i, r.end);
	else
		ck_assert_msg(r.end == letters[_i].end, "%d: end %d, %s", _i, r.end, r.detail);
	ck_assert_int_eq(r.status, letters[_i].status);
	ck_assert(r.end == HTTP_DONE ? r.status == 250 || r.detail[0] != '\0' : r.detail[0] != '\0');
	ck_assert(strstr(r.detail, "buyer.example.com") == NULL);
	ck_assert_int_lt(r.total_us, 4000000 * slow_by(4));
}
END_TEST

START_TEST(letter_arrives)
{
	struct http_reply r = send_to_peer((struct script){ NULL, NULL, false }, STR("Caf\xc3\xa9 = 1\n.\n..x \r\nend"), 5000);

	ck_assert_int_eq(r.end, HTTP_DONE);
	ck_assert(strstr(peer.seen, "EHLO gavel.example.com\r\n") != NULL);
	ck_assert(strstr(peer.seen, "MAIL FROM:<leads@example.com>") != NULL);
	ck_assert(strstr(peer.seen, "RCPT TO:<a@buyer.example.com>\r\nRCPT TO:<b@buyer.example.com>\r\nDATA\r\n") != NULL);
	ck_assert(strstr(peer.seen, "\r\nFrom: \"Leads & Co\" <leads@example.com>\r\n") != NULL);
	ck_assert(strstr(peer.seen, "\r\nTo: a@buyer.example.com,\r\n b@buyer.example.com\r\n") != NULL);
	ck_assert(strstr(peer.seen, "\r\nMessage-ID: <sal_01@example.com>\r\n") != NULL);
	ck_assert(strstr(peer.seen, "\r\nSubject: =?UTF-8?Q?New_lead=2C_Z=C3=BCrich?=\r\n") != NULL);
	ck_assert(strstr(peer.seen, "\r\n\r\nCaf=C3=A9 =3D 1\r\n..\r\n...x=20\r\nend\r\n.\r\n") != NULL);
}
END_TEST

/* A message that breaks off before its end is nobody's. */
START_TEST(letter_cut)
{
	static char big[2 * 1024 * 1024];
	struct http_reply r;

	memset(big, 'x', sizeof(big));
	peer_open((struct script){ NULL, NULL, false });
	r = send_letter(arena_printf(arena, "smtp://127.0.0.1:%d", peer.port), (struct str){ big, 100000 }, 20000);
	peer_close();
	ck_assert_int_eq(r.end, HTTP_DONE);
	r = send_to_peer((struct script){ "(half)", NULL, false }, (struct str){ big, sizeof(big) }, 20000);
	ck_assert_int_eq(r.end, HTTP_NOT_SENT);
}
END_TEST

static const struct {
	const char *url, *from, *words;
} unsendable[] = {
	{ "", "leads@example.com", "smtp_url or from" },
	{ "smtp://127.0.0.1:9", "", "smtp_url or from" },
	{ "smtp://127.0.0.1:9", "Leads <leads>", "smtp_url or from" },
	{ "smtp://127.0.0.1:9", "a@example.com\r\nBcc: b@example.com", "smtp_url or from" },
	{ "http://127.0.0.1:9", "leads@example.com", "rotocol" },
	{ "smtp://127.0.0.1:9", "leads@example.com", "onnect" },
	{ "smtp://smtp.invalid", "leads@example.com", "resolve" },
};

START_TEST(letter_unsendable)
{
	struct str to = STR("a@buyer.example.com");
	struct letter letter = { &to, 1, STR("s"), STR("b"), STR("") };
	struct http_call call = { .letter = &letter, .timeout_ms = 2000 };
	struct net_options o = { .smtp_url = str_of(unsendable[_i].url), .smtp_from = str_of(unsendable[_i].from) };
	struct http_reply r;
	struct net *net;
	struct err e;

	ck_assert_int_eq(net_open(&o, &net, &e), 0);
	net_hand_over(net, arena, &call, &r, clock_mono_us() + 2000000);
	net_close(&net);
	ck_assert_int_eq(r.end, HTTP_NOT_SENT);
	ck_assert_msg(strstr(r.detail, unsendable[_i].words) != NULL, "%s", r.detail);
}
END_TEST

/* A server that is not near and offers no TLS gets neither password nor lead. */
START_TEST(letter_needs_tls)
{
	struct http_reply r;

	peer_open((struct script){ NULL, NULL, false });
	r = send_letter(arena_printf(arena, "smtp://mail.localhost:%d", peer.port), STR("secret"), 2000);
	ck_assert_int_eq(r.end, HTTP_NOT_SENT);
	r = send_letter(arena_printf(arena, "smtps://127.0.0.1:%d", peer.port), STR("secret"), 2000);
	ck_assert_int_eq(r.end, HTTP_NOT_SENT);
	peer_close();
	ck_assert(strstr(peer.seen, "EHLO") != NULL && strstr(peer.seen, "MAIL") == NULL);
}
END_TEST

static struct str written(const char *subject, const char *body, const char *from)
{
	struct str to = STR("a@example.com");
	struct letter letter = { &to, 1, str_of(subject), str_of(body), STR("") };
	struct buf b;

	buf_in(&b, arena, 1024 * 1024);
	letter_write(&b, &letter, str_of(from), 1795435200000000);
	return buf_str(&b);
}

START_TEST(letter_lines)
{
	char subject[600] = "", body[4000];
	struct str s, line;

	for (size_t i = 0; i + 4 < sizeof(subject); i += 4)
		memcpy(subject + i, "\xf0\x9f\x98\x80", 5);
	memset(body, '=', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	s = written(subject, body, "L\xc3\xa9" "a <lea@example.com>");
	ck_assert(str_contains(s, STR("Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n")));
	ck_assert(str_contains(s, STR("From: =?UTF-8?Q?L=C3=A9a?=\r\n <lea@example.com>\r\n")));
	ck_assert(!str_contains(s, STR("Message-ID")));
	while (str_split(&s, '\n', &line)) {
		ck_assert_msg(line.n <= 77, "%zu: %.*s", line.n, STR_ARG(line));
		ck_assert(line.n == 0 || line.p[line.n - 1] == '\r');
		/* whole characters in each encoded word */
		if (str_contains(line, STR("=?UTF-8?Q?=F0")))
			ck_assert(str_contains(line, STR("=80?=")));
	}
	ck_assert(str_contains(written("=?x?=", "", "a@example.com"), STR("Subject: =?UTF-8?Q?=3D=3Fx=3F=3D?=")));
}
END_TEST

static struct http_reply put(struct net *net, const char *file, const char *header, const char *line, int timeout_ms)
{
	struct drop drop = { str_of(file), str_of(header), str_of(line) };
	struct http_call call = { .drop = &drop, .timeout_ms = timeout_ms };
	struct http_reply reply;

	net_hand_over(net, arena, &call, &reply, clock_mono_us() + 20000000);
	return reply;
}

static const char *path_of(const char *file)
{
	return arena_printf(arena, "%s/%s", folder, file).p;
}

static struct str content(const char *file)
{
	FILE *f = fopen(path_of(file), "re");
	char *p = arena_alloc(arena, 1024 * 1024);
	size_t n = f != NULL ? fread(p, 1, 1024 * 1024, f) : 0;

	if (f != NULL)
		fclose(f);
	return (struct str){ p, n };
}

static void leave(const char *file, const char *text)
{
	FILE *f = fopen(path_of(file), "we");

	ck_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

START_TEST(drop_lines)
{
	struct net *net = open_net(STR(""));
	struct stat st;
	struct http_reply r = put(net, "a.csv", "Zip\r\n", "1\r\n", 1000);

	ck_assert_msg(r.end == HTTP_DONE, "%s", r.detail);
	ck_assert_int_eq(put(net, "a.csv", "Zip\r\n", "2\r\n", 1000).end, HTTP_DONE);
	ck_assert(str_is(content("a.csv"), "Zip\r\n1\r\n2\r\n"));
	ck_assert(stat(path_of("a.csv"), &st) == 0 && (st.st_mode & 0777) == 0600);
	/* other columns, a line that a crash cut short, a file that was moved away */
	r = put(net, "a.csv", "Zip,Name\r\n", "3,x\r\n", 1000);
	ck_assert(r.end == HTTP_NOT_SENT && strstr(r.detail, "other columns") != NULL);
	leave("b.csv", "Zip\r\n1");
	ck_assert_int_eq(put(net, "b.csv", "Zip\r\n", "2\r\n", 1000).end, HTTP_DONE);
	ck_assert(str_is(content("b.csv"), "Zip\r\n1\r\n2\r\n"));
	ck_assert(rename(path_of("a.csv"), path_of("taken.csv")) == 0);
	ck_assert_int_eq(put(net, "a.csv", "Zip\r\n", "4\r\n", 1000).end, HTTP_DONE);
	ck_assert(str_is(content("a.csv"), "Zip\r\n4\r\n"));
	net_close(&net);
}
END_TEST

START_TEST(drop_refusals)
{
	struct net *net = open_net(STR("")), *none;
	struct net_options o = { .allow_networks = STR("") };
	struct err e;
	struct http_reply r;
	int fd;

	ck_assert(symlink("/dev/null", path_of("link.csv")) == 0 && mkdir(path_of("folder.csv"), 0700) == 0 &&
	    mkfifo(path_of("pipe.csv"), 0600) == 0);
	ck_assert_int_eq(put(net, "link.csv", "Zip\r\n", "1\r\n", 1000).end, HTTP_NOT_SENT);
	ck_assert_int_eq(put(net, "folder.csv", "Zip\r\n", "1\r\n", 1000).end, HTTP_NOT_SENT);
	ck_assert_int_eq(put(net, "pipe.csv", "Zip\r\n", "1\r\n", 1000).end, HTTP_NOT_SENT);
	leave("locked.csv", "Zip\r\n");
	fd = open(path_of("locked.csv"), O_RDONLY | O_CLOEXEC);
	ck_assert(flock(fd, LOCK_EX) == 0);
	r = put(net, "locked.csv", "Zip\r\n", "1\r\n", 50);
	ck_assert(r.end == HTTP_NOT_SENT && r.total_us >= 50000 && r.total_us < 2000000 * slow_by(4));
	close(fd);
	ck_assert(str_is(content("locked.csv"), "Zip\r\n"));
	net_close(&net);
	ck_assert_int_eq(net_open(&o, &none, &e), 0);
	ck_assert_int_eq(put(none, "a.csv", "Zip\r\n", "1\r\n", 1000).end, HTTP_NOT_SENT);
	net_close(&none);
}
END_TEST

/* A full disk leaves no half line behind. Check runs each test in a process of its own, so the limit is this test's alone. */
START_TEST(drop_full)
{
	struct net *net = open_net(STR(""));
	struct rlimit limit = { 12, 12 };
	struct http_reply r;

	signal(SIGXFSZ, SIG_IGN);
	leave("full.csv", "Zip\r\n1\r\n");
	ck_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	r = put(net, "full.csv", "Zip\r\n", "1234567890\r\n", 1000);
	ck_assert_int_eq(r.end, HTTP_NOT_SENT);
	ck_assert(str_is(content("full.csv"), "Zip\r\n1\r\n"));
	net_close(&net);
}
END_TEST

static void write_many(int who)
{
	struct net *net = open_net(STR(""));
	int bad = 0;

	for (int i = 0; i < LINES_EACH; i++)
		bad += put(net, "busy.csv", "Writer,Line,Pad\r\n", arena_printf(arena, "%d,%d,%0200d\r\n", who, i, i).p, 20000).end != HTTP_DONE;
	net_close(&net);
	_exit(bad == 0 ? 0 : 1);
}

START_TEST(drop_many_writers)
{
	pid_t pids[WRITERS];
	int next[WRITERS] = { 0 }, lines = 0, who, line, status;
	struct str all, one;

	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			write_many(i);
	}
	for (int i = 0; i < WRITERS; i++)
		ck_assert(waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	all = content("busy.csv");
	ck_assert(str_split(&all, '\n', &one) && str_is(one, "Writer,Line,Pad\r"));
	for (; str_split(&all, '\n', &one) && one.n > 0; lines++) {
		who = one.p[0] - '0';
		line = (int)strtol(one.p + 2, NULL, 10);
		ck_assert(who >= 0 && who < WRITERS && one.p[one.n - 1] == '\r' && one.n > 200);
		ck_assert_int_eq(line, next[who]++);
	}
	ck_assert_int_eq(lines, WRITERS * LINES_EACH);
}
END_TEST

static void set_up(void)
{
	arena = arena_new(64 * 1024 * 1024);
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	ck_assert(mkdtemp(folder) != NULL);
}

static void tear_down(void)
{
	static const char *const files[] = { "a.csv", "b.csv", "taken.csv", "link.csv", "pipe.csv", "locked.csv", "full.csv", "busy.csv" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(path_of(files[i]));
	rmdir(path_of("folder.csv"));
	ck_assert_int_eq(rmdir(folder), 0);
	arena_free(&arena);
}

TCase *handover_cases(void)
{
	TCase *tc = tcase_create("handover");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, letter_ends, 0, N_OF(letters));
	tcase_add_loop_test(tc, letter_unsendable, 0, N_OF(unsendable));
	tcase_add_test(tc, letter_arrives);
	tcase_add_test(tc, letter_cut);
	tcase_add_test(tc, letter_needs_tls);
	tcase_add_test(tc, letter_lines);
	tcase_add_test(tc, drop_lines);
	tcase_add_test(tc, drop_refusals);
	tcase_add_test(tc, drop_full);
	tcase_add_test(tc, drop_many_writers);
	return tc;
}
