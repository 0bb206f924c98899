#include "lib/net/mail.h"

#include <stdio.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/net/letter.h"
#include "lib/net/loop.h"

enum { MESSAGE_MAX = 4 * 1024 * 1024, LEAST_MS = 1, TAKEN = 250, REFUSALS = 400 };

/* The message on its way to libcurl. */
struct sending {
	struct str message;
	size_t at;
	bool whole;       /* libcurl has all of it: from here on its end may have left */
	int status;       /* the server's answer to that; 0: none yet */
	int64_t deadline_us;
};

static size_t on_read(char *to, size_t size, size_t n, void *arg)
{
	struct sending *s = arg;
	size_t left = s->message.n - s->at;

	n *= size;
	if (n > left)
		n = left;
	memcpy(to, s->message.p + s->at, n);
	s->at += n;
	s->whole = s->at == s->message.n;
	return n;
}

/*
 * Each line that the server says. The first last line behind the message is its verdict; libcurl's own record of codes goes on to the
 * answer to QUIT. The words are not kept: they may name the addressee.
 */
static size_t on_words(char *p, size_t size, size_t n, void *arg)
{
	struct sending *s = arg;
	int64_t status;

	n *= size;
	if (s->whole && s->status == 0 && n > 4 && p[3] != '-' && str_to_i64((struct str){ p, 3 }, &status))
		s->status = (int)status;
	return n;
}

/* libcurl waits for the answers to the message's end and to QUIT without looking at the whole's time. Nobody waits for the latter. */
static int on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	const struct sending *s = arg;

	(void)down_total, (void)down, (void)up_total, (void)up;
	return s->status != 0 || clock_mono_us() > s->deadline_us;
}

/* This machine, or a server on a network that the operator allows by its address: TLS there is the operator's own affair. */
static bool is_near(const struct net *net)
{
	static struct network const loopback[] = {
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127 }, 104 },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, 128 },
	};
	uint8_t address[NETWORK_ADDRESS];
	CURLU *u = curl_url();
	char *host = NULL;
	bool near = false;
	struct str name;

	if (u != NULL && curl_url_set(u, CURLUPART_URL, net->smtp_url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	    curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		name = str_of(host);
		if (name.n > 2 && name.p[0] == '[')
			name = (struct str){ name.p + 1, name.n - 2 };
		near = str_eq_nocase(name, STR("localhost"));
		if (network_address(name, address))
			near = network_holds(&loopback[0], address) || network_holds(&loopback[1], address) || networks_hold(&net->allow, address);
	}
	curl_free(host);
	curl_url_cleanup(u);
	return near;
}

static void set_server(CURL *easy, const struct net *net, int64_t left_ms)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_URL, net->smtp_url);
	curl_easy_setopt(easy, CURLOPT_USE_SSL, is_near(net) ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (net->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, net->ca_file);
	if (net->smtp_user != NULL)
		curl_easy_setopt(easy, CURLOPT_USERNAME, net->smtp_user);
	if (net->smtp_password != NULL)
		curl_easy_setopt(easy, CURLOPT_PASSWORD, net->smtp_password);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)left_ms);
}

static struct curl_slist *addressees(const struct letter *letter, struct arena *a)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < letter->n_to; i++) {
		struct curl_slist *longer = curl_slist_append(list, arena_printf(a, "<%.*s>", STR_ARG(letter->to[i])).p);

		if (longer == NULL)
			log_die("out of memory");
		list = longer;
	}
	return list;
}

/* RFC 5321: a message whose end did not arrive, or that was answered by a refusal, is nobody's; one without an answer may be somebody's. */
static void classify(CURL *easy, CURLcode code, const struct sending *s, struct http_reply *r)
{
	bool taken = code == CURLE_OK || s->status == TAKEN, late = code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK;
	long status = s->status;

	if (taken || s->status >= REFUSALS) {
		r->end = HTTP_DONE;
		r->status = taken ? TAKEN : s->status;
	} else if (s->whole) {
		r->end = late ? HTTP_TIMEOUT : HTTP_BROKEN;
	}
	if (s->whole)
		r->why = HTTP_WHY_NONE;
	if (taken)
		return;
	if (!s->whole)
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= REFUSALS)
		snprintf(r->detail, sizeof(r->detail), "the mail server refused it with %ld", status);
	else
		snprintf(r->detail, sizeof(r->detail), "%s", curl_easy_strerror(code));
}

static void run(struct net *net, struct arena *a, const struct letter *letter, struct str from, struct sending *s, struct http_reply *reply,
    int64_t left_ms)
{
	struct curl_slist *to = addressees(letter, a);
	CURL *easy = curl_easy_init();
	CURLcode code;

	if (easy == NULL)
		log_die("out of memory");
	set_server(easy, net, left_ms);
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, arena_printf(a, "<%.*s>", STR_ARG(from)).p);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, s);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_words);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, s);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	code = curl_easy_perform(easy);
	classify(easy, code, s, reply);
	curl_easy_cleanup(easy);
	curl_slist_free_all(to);
}

void mail_send(struct net *net, struct arena *a, const struct letter *letter, struct http_reply *reply, int64_t deadline_us)
{
	int64_t left_ms = (deadline_us - clock_mono_us()) / 1000;
	struct sending s = { .deadline_us = deadline_us };
	struct str from;
	struct buf b;

	if (net->smtp_url == NULL || !letter_address(net->smtp_from, &from)) {
		snprintf(reply->detail, sizeof(reply->detail), "[mail] smtp_url or from is not set");
		return;
	}
	if (left_ms < LEAST_MS) {
		reply->why = HTTP_WHY_DEADLINE;
		return;
	}
	buf_in(&b, a, MESSAGE_MAX);
	letter_write(&b, letter, net->smtp_from, clock_wall_us());
	if (b.overflow) {
		snprintf(reply->detail, sizeof(reply->detail), "the message is too large");
		return;
	}
	s.message = buf_str(&b);
	run(net, a, letter, from, &s, reply, left_ms);
}
