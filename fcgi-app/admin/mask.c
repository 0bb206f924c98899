#include "fcgi-app/admin/mask.h"

#include "lib/base/buf.h"
#include "lib/base/utf8.h"

/* Fewer digits are too common to be a person's: house numbers, ages, counts. */
enum { TEXT_MAX = 1 << 20, NUMBER_LEAST = 7, NUMBER_MOST = 40, NATIONAL = 10, NAME_LEAST = 2 };

#define MASK "•••"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

struct str mask_body(struct arena *a, struct str body)
{
	struct buf b;
	bool in_text = false;

	buf_in(&b, a, TEXT_MAX);
	for (size_t i = 0; i < body.n; i++) {
		bool word = is_word(body.p[i]) || body.p[i] == '@';

		if (!word)
			buf_add_char(&b, body.p[i]);
		else if (!in_text)
			buf_add_cstr(&b, MASK);
		in_text = word;
	}
	return buf_str(&b);
}

/* The digits at the start of s, over spaces and the signs between groups; *n_out says how much of s they take. */
static struct str number_at(struct str s, char out[NUMBER_MOST], size_t *n_out)
{
	size_t n = 0;

	*n_out = 0;
	for (size_t i = 0; i < s.n && n < NUMBER_MOST; i++)
		if (is_digit(s.p[i])) {
			out[n++] = s.p[i];
			*n_out = i + 1;
		} else if (memchr(" -.()/+", s.p[i], 7) == NULL) {
			break;
		}
	return (struct str){ out, n };
}

/* Whether the text begins with these words, in whatever case; *n_out says how much of it they take. */
static bool begins(struct str text, struct str words, size_t *n_out)
{
	struct str rest = text;
	int32_t one, other;

	while ((other = utf8_next(&words)) >= 0) {
		one = utf8_next(&rest);
		if (one != other && (one < 0 || utf8_lower_one(one) != utf8_lower_one(other)))
			return false;
	}
	*n_out = text.n - rest.n;
	return words.n == 0 && (rest.n == 0 || !is_word(rest.p[0]));
}

/* Up to three numbers with one sign each between them, or eight digits in a row; how much of s they take, 0: it is no date. */
static size_t date_at(struct str s, int parts[3], size_t lengths[3])
{
	size_t i = 0, n = 0, run = 0;

	while (run < s.n && is_digit(s.p[run]))
		run++;
	if (run == 8) {
		for (; i < run; i++) {
			n = i < 4 ? i / 2 : 2;
			parts[n] = (i == 0 || i == 2 || i == 4 ? 0 : 10 * parts[n]) + s.p[i] - '0';
		}
		lengths[0] = lengths[1] = 2;
		lengths[2] = 4;
		return run;
	}
	for (; n < 3; n++) {
		parts[n] = 0;
		for (lengths[n] = 0; i < s.n && is_digit(s.p[i]) && lengths[n] < 4; i++, lengths[n]++)
			parts[n] = 10 * parts[n] + s.p[i] - '0';
		if (lengths[n] == 0)
			return 0;
		if (n < 2 && (i + 1 >= s.n || memchr("-/. ", s.p[i], 4) == NULL))
			return 0;
		i += n < 2;
	}
	return i < s.n && is_digit(s.p[i]) ? 0 : i;
}

/* A day is known by its three numbers, in whatever order people of whatever country write them. */
static bool is_day(struct str text, struct str value, size_t *n_out)
{
	int here[3], there[3], year;
	size_t lengths[3], n = date_at(value, there, lengths);

	if (n != value.n || n == 0 || lengths[0] != 4)
		return false;
	*n_out = date_at(text, here, lengths);
	if (*n_out == 0)
		return false;
	year = lengths[0] == 4 ? 0 : 2;
	return (here[year] == there[0] || (lengths[year] == 2 && here[year] == there[0] % 100)) &&
	    ((here[1] == there[1] && here[2 - year] == there[2]) || (here[1] == there[2] && here[2 - year] == there[1]));
}

/* Whether the text goes on with this personal value; *n_out says how far. */
static bool repeats(struct str text, struct str value, size_t *n_out)
{
	char here[NUMBER_MOST], there[NUMBER_MOST];
	struct str said, known;
	size_t n;

	if (value.n >= NAME_LEAST && begins(text, value, n_out))
		return true;
	if (is_day(text, value, n_out))
		return true;
	said = number_at(text, here, n_out);
	known = number_at(value.n > 0 && value.p[0] == '+' ? (struct str){ value.p + 1, value.n - 1 } : value, there, &n);
	if (!is_digit(text.p[0]) || said.n < NUMBER_LEAST || known.n < NUMBER_LEAST)
		return false;
	if (known.n > NATIONAL)
		known = (struct str){ known.p + known.n - NATIONAL, NATIONAL };
	return str_contains(known, said) || str_contains(said, known);
}

static bool is_personal(const struct value *personal, struct str text, size_t *n_out)
{
	for (size_t i = 0; personal->type == VALUE_OBJECT && i < personal->n; i++) {
		if (is_personal(&personal->members[i].value, text, n_out))
			return true;
	}
	for (size_t i = 0; personal->type == VALUE_LIST && i < personal->n; i++) {
		if (is_personal(&personal->items[i], text, n_out))
			return true;
	}
	return personal->type != VALUE_OBJECT && personal->type != VALUE_LIST && repeats(text, value_as_text(personal), n_out);
}

/* The length of a mail address at the start of the text; 0: none. */
static size_t mail_at(struct str text)
{
	size_t n = 0;
	bool at = false;

	while (n < text.n && (is_word(text.p[n]) || memchr("@._%+-", text.p[n], 6) != NULL))
		at |= text.p[n++] == '@';
	return at ? n : 0;
}

struct str mask_words(struct arena *a, const struct value *personal, struct str text)
{
	struct buf b;
	size_t n;

	/* It is not known what is personal: anything may be. */
	if (personal->type == VALUE_NULL)
		return mask_body(a, text);
	buf_in(&b, a, TEXT_MAX);
	for (size_t i = 0; i < text.n; i += n) {
		struct str rest = { text.p + i, text.n - i };
		bool starts = i == 0 || !is_word(text.p[i - 1]) || (is_digit(text.p[i]) && !is_digit(text.p[i - 1]));

		n = starts ? mail_at(rest) : 0;
		if (n > 0 || (starts && is_personal(personal, rest, &n))) {
			buf_add_cstr(&b, MASK);
		} else {
			n = 1;
			buf_add_char(&b, text.p[i]);
		}
	}
	return buf_str(&b);
}

struct str mask_url(struct arena *a, const struct value *personal, struct str url)
{
	struct str path, segment, pair, name, query = url;
	struct buf b;

	buf_in(&b, a, TEXT_MAX);
	str_split(&query, '?', &path);
	for (bool first = true; str_split(&path, '/', &segment); first = false) {
		if (!first)
			buf_add_char(&b, '/');
		buf_add_str(&b, str_contains(segment, STR("%")) ? STR(MASK) : mask_words(a, personal, segment));
	}
	for (char before = '?'; str_split(&query, '&', &pair); before = '&') {
		buf_add_char(&b, before);
		str_split(&pair, '=', &name);
		buf_add_str(&b, mask_words(a, personal, name));
		buf_add_cstr(&b, "=" MASK);
	}
	return buf_str(&b);
}
