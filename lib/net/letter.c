#include "lib/net/letter.h"

#include "lib/base/clock.h"
#include "lib/base/utf8.h"

enum { LINE_MAX_QP = 76, WORD_BYTES = 42, PLAIN_MAX = 200, DAY_S = 86400 };

static const char hex[] = "0123456789ABCDEF";

bool letter_address(struct str from, struct str *address_out)
{
	const char *open = memchr(from.p, '<', from.n);
	struct str s = str_trim(from);

	if (open != NULL) {
		s = (struct str){ open + 1, from.n - (size_t)(open + 1 - from.p) };
		if (s.n < 2 || s.p[s.n - 1] != '>')
			return false;
		s.n--;
	}
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '<' || s.p[i] == '>' || s.p[i] == ',')
			return false;
	*address_out = s;
	return s.n > 2 && s.p[0] != '@' && s.p[s.n - 1] != '@' && memchr(s.p, '@', s.n) != NULL;
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return s.n <= PLAIN_MAX && !str_contains(s, STR("=?"));
}

static void add_hex(struct buf *b, char c)
{
	char out[3] = { '=', hex[(unsigned char)c >> 4], hex[(unsigned char)c & 15] };

	buf_add(b, out, sizeof(out));
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Bytes of the next encoded word, in whole characters (RFC 2047, 5.3). */
static size_t word_length(struct str s)
{
	size_t cost = 0;

	for (size_t i = 0; i < s.n;) {
		struct str rest = { s.p + i, s.n - i };
		size_t n;

		utf8_next(&rest);
		n = s.n - i - rest.n;
		n = n > 0 ? n : 1;
		cost += n == 1 && is_word_byte(s.p[i]) ? 1 : 3 * n;
		if (cost > WORD_BYTES)
			return i;
		i += n;
	}
	return s.n;
}

/* Text of a header: as it is, or as encoded words on lines of their own. */
static void add_text(struct buf *b, struct str s)
{
	if (is_plain(s)) {
		buf_add_str(b, s);
		return;
	}
	while (s.n > 0) {
		size_t n = word_length(s);

		buf_add_cstr(b, "=?UTF-8?Q?");
		for (size_t i = 0; i < n; i++)
			if (is_word_byte(s.p[i]))
				buf_add_char(b, s.p[i]);
			else if (s.p[i] == ' ')
				buf_add_char(b, '_');
			else
				add_hex(b, s.p[i]);
		s.p += n;
		s.n -= n;
		buf_add_cstr(b, s.n > 0 ? "?=\r\n " : "?=");
	}
}

static void add_date(struct buf *b, int64_t wall_us)
{
	static const char *const weekdays[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t s = wall_us / 1000000, days = s / DAY_S, rest = s % DAY_S;
	int y, m, d;

	clock_civil(days, &y, &m, &d);
	buf_addf(b, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", weekdays[days % 7], d, months[m - 1], y, (int)(rest / 3600),
	    (int)(rest / 60 % 60), (int)(rest % 60));
}

/* A name in quotation marks, when it can stand in them. */
static void add_from(struct buf *b, struct str from, struct str address)
{
	struct str name = { from.p, (size_t)(address.p - from.p) };

	while (name.n > 0 && (name.p[name.n - 1] == '<' || name.p[name.n - 1] == ' '))
		name.n--;
	name = str_trim(name);
	if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = (struct str){ name.p + 1, name.n - 2 };
	buf_add_cstr(b, "From: ");
	if (name.n > 0 && is_plain(name) && memchr(name.p, '"', name.n) == NULL && memchr(name.p, '\\', name.n) == NULL)
		buf_addf(b, "\"%.*s\" ", STR_ARG(name));
	else if (name.n > 0 && !is_plain(name)) {
		add_text(b, name);
		buf_add_cstr(b, "\r\n ");
	}
	buf_addf(b, "<%.*s>\r\n", STR_ARG(address));
}

static void add_head(struct buf *b, const struct letter *l, struct str from, int64_t wall_us)
{
	struct str address = from, domain;

	letter_address(from, &address);
	domain = address;
	while (memchr(domain.p, '@', domain.n) != NULL)
		domain.p++, domain.n--;
	add_date(b, wall_us);
	add_from(b, from, address);
	for (size_t i = 0; i < l->n_to; i++)
		buf_addf(b, "%s%.*s", i == 0 ? "To: " : ",\r\n ", STR_ARG(l->to[i]));
	buf_add_cstr(b, "\r\n");
	if (l->id.n > 0)
		buf_addf(b, "Message-ID: <%.*s@%.*s>\r\n", STR_ARG(l->id), STR_ARG(domain));
	buf_add_cstr(b, "Subject: ");
	add_text(b, l->subject);
	buf_add_cstr(b, "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\nAuto-Submitted: auto-generated\r\n\r\n");
}

/* White space at a line's end would be lost on the way. */
static bool ends_line(struct str s, size_t i)
{
	return i + 1 == s.n || s.p[i + 1] == '\n' || s.p[i + 1] == '\r';
}

/* Quoted-printable (RFC 2045, 6.7): line ends of any kind become CR LF, longer lines are broken softly. */
static void add_body(struct buf *b, struct str s)
{
	size_t column = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c > ' ' && c <= '~' && c != '=') || ((c == ' ' || c == '\t') && !ends_line(s, i));

		if (c == '\n' || c == '\r') {
			i += c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n';
			buf_add_cstr(b, "\r\n");
			column = 0;
			continue;
		}
		if (column + (plain ? 1 : 3) > LINE_MAX_QP - 1) {
			buf_add_cstr(b, "=\r\n");
			column = 0;
		}
		if (plain)
			buf_add_char(b, c);
		else
			add_hex(b, c);
		column += plain ? 1 : 3;
	}
	if (column > 0)
		buf_add_cstr(b, "\r\n");
}

void letter_write(struct buf *b, const struct letter *letter, struct str from, int64_t wall_us)
{
	add_head(b, letter, from, wall_us);
	add_body(b, letter->body);
}
