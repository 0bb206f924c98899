#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/log.h"
#include "lib/base/pattern.h"

/* Enough for any honest pattern over a buyer's reply; a hostile one stops after some milliseconds. */
enum { MATCH_LIMIT = 200000, DEPTH_LIMIT = 2000, HEAP_LIMIT_KIB = 4096 };

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
	bool grouped;
};

static void drop(void *p)
{
	struct pattern *pattern = p;

	pcre2_match_context_free(pattern->limits);
	pcre2_code_free(pattern->code);
}

int pattern_compile(struct arena *a, struct str source, bool bytes, const struct pattern **out, struct err *e)
{
	uint32_t options = PCRE2_NEVER_BACKSLASH_C | (bytes ? PCRE2_NEVER_UTF : PCRE2_UTF | PCRE2_MATCH_INVALID_UTF);
	struct pattern *pattern;
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	uint32_t groups;
	int code;

	if (source.n > PATTERN_MAX)
		return err_set(e, ERR_INVALID, "a pattern has at most %d bytes", PATTERN_MAX);
	pattern = arena_new_of(a, struct pattern);
	pattern->code = pcre2_compile((PCRE2_SPTR)(source.p != NULL ? source.p : ""), source.n, options, &code, &at, NULL);
	if (pattern->code == NULL) {
		if (pcre2_get_error_message(code, why, sizeof(why)) < 0)
			why[0] = '\0';
		return err_set(e, ERR_INVALID, "%s at offset %zu", (const char *)why, (size_t)at);
	}
	pattern->limits = pcre2_match_context_create(NULL);
	if (pattern->limits == NULL)
		log_die("out of memory");
	pcre2_set_match_limit(pattern->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(pattern->limits, HEAP_LIMIT_KIB);
	pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	pattern->grouped = groups > 0;
	arena_defer(a, drop, pattern);
	*out = pattern;
	return 0;
}

/* A first group that took no part in the match is an empty text. */
static struct str group_of(const struct pattern *p, pcre2_match_data *found, struct str subject)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(found) + (p->grouped ? 2 : 0);

	if (at[0] == PCRE2_UNSET || at[1] <= at[0])
		return STR("");
	return (struct str){ subject.p + at[0], at[1] - at[0] };
}

bool pattern_match(const struct pattern *p, struct str subject, struct str *group_out)
{
	pcre2_match_data *found = pcre2_match_data_create(2, NULL);
	bool matched;

	if (found == NULL)
		log_die("out of memory");
	if (subject.p == NULL)
		subject = STR("");
	matched = pcre2_match(p->code, (PCRE2_SPTR)subject.p, subject.n, 0, 0, found, p->limits) >= 0;
	if (matched && group_out != NULL)
		*group_out = group_of(p, found, subject);
	pcre2_match_data_free(found);
	return matched;
}
