#include <locale.h>
#include <wctype.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/pattern.h"
#include "lib/base/utf8.h"
#include "tests/unit/base/suites.h"

static const struct {
	struct str bytes;
	bool good;
	const char *repaired;
} texts[] = {
	{ STR_INIT(""), true, "" },
	{ STR_INIT("plain, longer than eight"), true, "plain, longer than eight" },
	{ STR_INIT("12345678\xc3\xa9"), true, "12345678\xc3\xa9" },
	{ STR_INIT("\xe2\x82\xac"), true, "\xe2\x82\xac" },
	{ STR_INIT("\xf0\x9f\x98\x80"), true, "\xf0\x9f\x98\x80" },
	{ STR_INIT("\xf4\x8f\xbf\xbf"), true, "\xf4\x8f\xbf\xbf" },
	{ STR_INIT("\xed\x9f\xbf\xee\x80\x80"), true, "\xed\x9f\xbf\xee\x80\x80" },
	{ STR_INIT("\x80"), false, "\xef\xbf\xbd" },
	{ STR_INIT("caf\xe9"), false, "caf\xef\xbf\xbd" },
	{ STR_INIT("\xc3(x"), false, "\xef\xbf\xbd(x" },
	{ STR_INIT("\xc0\xaf"), false, "\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("\xe0\x80\xaf"), false, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("\xf0\x80\x80\xaf"), false, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("\xed\xa0\x80"), false, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("\xf4\x90\x80\x80"), false, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("\xf8\x88\x80\x80\x80"), false, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("\xe2\x82"), false, "\xef\xbf\xbd\xef\xbf\xbd" },
	{ STR_INIT("12345678\37712345678"), false, "12345678\ufffd12345678" },
};

START_TEST(bad_bytes_are_seen_and_repaired)
{
	struct arena *a = arena_new(1 << 20);
	struct str repaired = utf8_repair(a, texts[_i].bytes);

	ck_assert(utf8_valid(texts[_i].bytes) == texts[_i].good);
	ck_assert_str(repaired, texts[_i].repaired);
	ck_assert(utf8_valid(repaired));
	if (texts[_i].good)
		ck_assert_ptr_eq(repaired.p, texts[_i].bytes.p);
	arena_free(&a);
}
END_TEST

START_TEST(every_code_point_goes_round)
{
	for (int32_t cp = 0; cp <= 0x110000; cp++) {
		char bytes[4];
		struct str s = { bytes, utf8_encode((uint32_t)cp, bytes) };
		bool good = cp < 0x110000 && !(cp >= 0xd800 && cp < 0xe000);

		must(utf8_valid(s) == good, "U+%04X", (unsigned int)cp);
		must(utf8_next(&s) == (good ? cp : -1), "U+%04X", (unsigned int)cp);
		must((s.n == 0) == good, "U+%04X", (unsigned int)cp);
	}
}
END_TEST

START_TEST(characters_are_counted_and_cut)
{
	struct str s = STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");

	ck_assert_uint_eq(utf8_count(s), 5);
	ck_assert_uint_eq(utf8_count(STR("")), 0);
	ck_assert_str(utf8_slice(s, 0, 2), "a\xc3\xa9");
	ck_assert_str(utf8_slice(s, 1, 2), "\xc3\xa9\xe2\x82\xac");
	ck_assert_str(utf8_slice(s, 3, 99), "\xf0\x9f\x98\x80z");
	ck_assert_str(utf8_slice(s, 4, SIZE_MAX), "z");
	ck_assert_str(utf8_slice(s, 5, 1), "");
	ck_assert_str(utf8_slice(s, SIZE_MAX, 1), "");
	ck_assert_str(utf8_slice(s, 2, 0), "");
}
END_TEST

/* The locale of the C library is the judge. */
START_TEST(case_is_as_the_locale_says)
{
	locale_t l = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	struct arena *a = arena_new(1 << 20);

	ck_assert(l != (locale_t)0);
	for (uint32_t cp = 1; cp < 0x20000; cp++) {
		char bytes[4];
		struct str s = { bytes, utf8_encode(cp, bytes) }, upper = utf8_upper(a, s), lower = utf8_lower(a, s);

		if (cp >= 0xd800 && cp < 0xe000)
			continue;
		must(utf8_next(&upper) == (int32_t)towupper_l(cp, l), "upper U+%04X", cp);
		must(utf8_next(&lower) == (int32_t)towlower_l(cp, l), "lower U+%04X", cp);
		arena_reset(a);
	}
	freelocale(l);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *in, *out;
} titles[] = {
	{ "", "" },
	{ "john SMITH", "John Smith" },
	{ "mary-jane o'neil", "Mary-Jane O'Neil" },
	{ "d\u2019angelo", "D\u2019Angelo" },
	{ "don't stop", "Don't Stop" },
	{ "12TH street, apt 3b", "12th Street, Apt 3b" },
	{ "\u00e9milie \u00c9T\u00c9", "\u00c9milie \u00c9t\u00e9" },
	{ "  two  spaces ", "  Two  Spaces " },
	{ "a.b/c(d", "A.B/C(D" },
};

START_TEST(words_get_titles)
{
	struct arena *a = arena_new(1 << 16);

	ck_assert_str(utf8_title(a, str_of(titles[_i].in)), titles[_i].out);
	arena_free(&a);
}
END_TEST

static const struct {
	const char *in, *out;
} nearest[] = {
	{ "", "" },
	{ "plain\ttext\n", "plain\ttext\n" },
	{ "\u00e9\u00e8\u00ea\u00eb", "eeee" },
	{ "e\u0301", "e" },
	{ "Stra\u00dfe", "Strasse" },
	{ "\u00c4\u00d6\u00dc\u00e4\u00f6\u00fc", "AOUaou" },
	{ "\u00c6\u00e6\u0152\u0153", "AEaeOEoe" },
	{ "\u00d8\u00f8\u00c5\u00e5", "OoAa" },
	{ "\u00d0\u00f0\u00de\u00fe", "DdTHth" },
	{ "Pe\u00f1a", "Pena" },
	{ "\xc5\x81\xc3\xb3\x64\xc5\xba", "Lodz" },
	{ "\u010c\u010d\u0160\u0161\u017d\u017e", "CcSsZz" },
	{ "\u0130\u0131\u011e\u011f", "IiGg" },
	{ "Nguy\u1ec5n V\u0103n \u01af\u01a1", "Nguyen Van Uo" },
	{ "\u1ea0\u1ef9", "Ay" },
	{ "\u0218\u021b", "St" },
	{ "\u2018x\u2019 \u201cy\u201d", "'x' \"y\"" },
	{ "a\u2013b\u2014c\u2010d", "a-b-c-d" },
	{ "wait\u2026", "wait..." },
	{ "a\u00a0b", "a b" },
	{ "5\u20ac \u00bd", "5EUR 1/2" },
	{ "\uff21\uff11", "A1" },
	{ "\ufb01x", "fix" },
	{ "\u5317\u4eac", "" },
	{ "\U0001f600ok", "ok" },
	{ "\u200b", "" },
	{ "\u00b2\u00b3\u00b9", "231" },
};

START_TEST(nearest_ascii)
{
	struct arena *a = arena_new(1 << 16);

	ck_assert_str(utf8_ascii(a, str_of(nearest[_i].in)), nearest[_i].out);
	arena_free(&a);
}
END_TEST

/* No letter of Latin-1 or Latin Extended-A is dropped, and whatever comes out is ASCII: the table's rows are in order. */
START_TEST(every_latin_letter_has_some_ascii)
{
	struct arena *a = arena_new(1 << 20);

	for (uint32_t cp = 0x80; cp < 0x10000; cp++) {
		char bytes[4];
		struct str s = { bytes, utf8_encode(cp, bytes) };

		s = utf8_ascii(a, s);
		if (cp >= 0xc0 && cp < 0x180)
			must(s.n > 0, "U+%04X is dropped", cp);
		for (size_t i = 0; i < s.n; i++)
			must((unsigned char)s.p[i] < 0x80, "U+%04X", cp);
		arena_reset(a);
	}
	arena_free(&a);
}
END_TEST

static const struct {
	struct str in;
	const char *out; /* NULL: none */
} domains[] = {
	{ STR_INIT("Example.COM"), "example.com" },
	{ STR_INIT("mail.example.co.uk"), "mail.example.co.uk" },
	{ STR_INIT("b\u00fccher.example"), "xn--bcher-kva.example" },
	{ STR_INIT("B\u00dcCHER.example"), "xn--bcher-kva.example" },
	{ STR_INIT("bu\u0308cher.example"), "xn--bcher-kva.example" },
	{ STR_INIT("fa\u00df.example"), "xn--fa-hia.example" },
	{ STR_INIT("XN--BCHER-KVA.example"), "xn--bcher-kva.example" },
	{ STR_INIT("3com.com"), "3com.com" },
	{ STR_INIT("a-b.example"), "a-b.example" },
	{ STR_INIT("localhost"), NULL },
	{ STR_INIT(""), NULL },
	{ STR_INIT("."), NULL },
	{ STR_INIT("example."), NULL },
	{ STR_INIT("example.com."), NULL },
	{ STR_INIT(".example.com"), NULL },
	{ STR_INIT("a..com"), NULL },
	{ STR_INIT("-a.com"), NULL },
	{ STR_INIT("a-.com"), NULL },
	{ STR_INIT("a_b.com"), NULL },
	{ STR_INIT("a b.com"), NULL },
	{ STR_INIT("a.com/x"), NULL },
	{ STR_INIT("10.0.0.1"), NULL },
	{ STR_INIT("[::1].com"), NULL },
	{ STR_INIT("a\0b.com"), NULL },
	{ STR_INIT("\xff.com"), NULL },
	{ STR_INIT("xn--\u00fc.com"), NULL },
	{ STR_INIT("xn--99999999999.com"), NULL },
	{ STR_INIT("\U0001f600.com"), NULL },
	{ STR_INIT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com"),
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com" },
	{ STR_INIT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com"), NULL },
};

START_TEST(domains_become_a_labels)
{
	struct arena *a = arena_new(1 << 20);
	struct str out = STR("untouched");
	bool good = utf8_domain(a, domains[_i].in, &out);

	ck_assert_msg(good == (domains[_i].out != NULL), "%s gave %.*s", domains[_i].in.p, STR_ARG(out));
	ck_assert_str(out, good ? domains[_i].out : "untouched");
	arena_free(&a);
}
END_TEST

static const struct {
	const char *pattern;
	struct str subject;
	const char *group; /* NULL: no match */
} matches[] = {
	{ "ab+", STR_INIT("xabbby"), "abbb" },
	{ "a(b+)", STR_INIT("xabbby"), "bbb" },
	{ "(a)(b)(c)(d)", STR_INIT("abcd"), "a" },
	{ "(a)|(b)", STR_INIT("b"), "" },
	{ "^$", STR_INIT(""), "" },
	{ "", STR_INIT("x"), "" },
	{ "^abc$", STR_INIT("abcd"), NULL },
	{ "price: \\$([\\d.]+)", STR_INIT("the price: $12.50!"), "12.50" },
	{ "(?i)dup", STR_INIT("DUPLICATE"), "DUP" },
	{ "^.$", STR_INIT("\xc3\xa9"), "\xc3\xa9" },
	{ "b", STR_INIT("\377b"), "b" },
	{ "a.c", STR_INIT("a\0c"), "a" },
	{ "(?=ab\\K)", STR_INIT("ab"), "" },
};

START_TEST(patterns_match)
{
	struct arena *a = arena_new(1 << 20);
	const struct pattern *p;
	struct str group = STR("untouched");
	struct err e;

	if (pattern_compile(a, str_of(matches[_i].pattern), false, &p, &e) == 0) {
		ck_assert(pattern_match(p, matches[_i].subject, &group) == (matches[_i].group != NULL));
		ck_assert(pattern_match(p, matches[_i].subject, NULL) == (matches[_i].group != NULL));
		if (matches[_i].group == NULL)
			ck_assert_str(group, "untouched");
		else if (_i == 11)
			ck_assert_uint_eq(group.n, 3);
		else
			ck_assert_str(group, matches[_i].group);
	} else {
		ck_assert_str_eq(matches[_i].pattern, "(?=ab\\K)"); /* refused by newer releases */
	}
	arena_free(&a);
}
END_TEST

START_TEST(bytes_are_matched_as_bytes)
{
	struct arena *a = arena_new(1 << 20);
	const struct pattern *p;
	struct err e;

	ck_assert_int_eq(pattern_compile(a, STR("^..$"), true, &p, &e), 0);
	ck_assert(pattern_match(p, STR("\xc3\xa9"), NULL));
	ck_assert(pattern_match(p, STR("\xff\xfe"), NULL));
	ck_assert(!pattern_match(p, (struct str){ NULL, 0 }, NULL));
	ck_assert_int_eq(pattern_compile(a, STR("(*UTF).{99}"), true, &p, &e), -1);
	arena_free(&a);
}
END_TEST

START_TEST(bad_patterns_are_refused)
{
	static const char *const bad[] = { "(", "a**", "[z-a]", "(?<n>", "\\", "\\C", "(?P>x)",
		"((((a{60000}){60000}){60000}){60000})", "\xff" };
	struct arena *a = arena_new(1 << 20);
	const struct pattern *p;
	char longest[PATTERN_MAX + 1];
	struct err e;

	for (int i = 0; i < N_OF(bad); i++) {
		ck_assert_msg(pattern_compile(a, str_of(bad[i]), false, &p, &e) == -1, "%s", bad[i]);
		ck_assert_int_eq(e.kind, ERR_INVALID);
		ck_assert_ptr_nonnull(strstr(e.msg, " at offset "));
	}
	memset(longest, 'a', sizeof(longest));
	ck_assert_int_eq(pattern_compile(a, (struct str){ longest, PATTERN_MAX }, false, &p, &e), 0);
	ck_assert_int_eq(pattern_compile(a, (struct str){ longest, PATTERN_MAX + 1 }, false, &p, &e), -1);
	arena_free(&a);
}
END_TEST

/* Each of these would run for minutes, or take memory without end, but for the limits. */
START_TEST(hostile_patterns_stop)
{
	static const char *const hostile[] = { "(a+)+$", "(?:a|aa)+$", "(a|a)*b", "^(.*)*\\1x", "(?R)?a+b", "((a*)*)*c" };
	struct arena *a = arena_new(1 << 20);
	const struct pattern *p;
	char subject[5000];
	struct err e;

	memset(subject, 'a', sizeof(subject));
	subject[sizeof(subject) - 1] = '!';
	for (int i = 0; i < N_OF(hostile); i++) {
		ck_assert_int_eq(pattern_compile(a, str_of(hostile[i]), false, &p, &e), 0);
		ck_assert_msg(!pattern_match(p, (struct str){ subject, sizeof(subject) }, NULL), "%s", hostile[i]);
	}
	arena_free(&a);
}
END_TEST

TCase *utf8_cases(void)
{
	TCase *c = tcase_create("utf8");

	tcase_set_timeout(c, 30);
	tcase_add_loop_test(c, bad_bytes_are_seen_and_repaired, 0, N_OF(texts));
	tcase_add_test(c, every_code_point_goes_round);
	tcase_add_test(c, characters_are_counted_and_cut);
	tcase_add_test(c, case_is_as_the_locale_says);
	tcase_add_loop_test(c, words_get_titles, 0, N_OF(titles));
	tcase_add_loop_test(c, nearest_ascii, 0, N_OF(nearest));
	tcase_add_test(c, every_latin_letter_has_some_ascii);
	tcase_add_loop_test(c, domains_become_a_labels, 0, N_OF(domains));
	return c;
}

TCase *pattern_cases(void)
{
	TCase *c = tcase_create("pattern");

	tcase_add_loop_test(c, patterns_match, 0, N_OF(matches));
	tcase_add_test(c, bytes_are_matched_as_bytes);
	tcase_add_test(c, bad_patterns_are_refused);
	tcase_add_test(c, hostile_patterns_stop);
	return c;
}
