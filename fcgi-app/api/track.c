#include "fcgi-app/api/track.h"

#include "lib/base/utf8.h"

static const char *const sub_names[CLICK_SUBS] = { "s1", "s2", "s3", "s4", "s5" };
static const char *const source_subs[CLICK_SUBS] = { "sub1", "sub2", "sub3", "sub4", "sub5" };
static const char *const id_names[CLICK_IDS] = { "gclid", "fbclid", "msclkid" };
static const char *const utm_names[CLICK_UTMS] = { "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content" };

/* One line of text, as much of it as its column holds. */
static struct str clean(struct arena *a, struct str s, size_t max)
{
	struct str cut = utf8_slice(s, 0, max);
	char *p = arena_copy(a, cut.p, cut.n);

	for (size_t i = 0; i < cut.n; i++)
		if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			p[i] = ' ';
	return str_trim((struct str){ p, cut.n });
}

static struct str text_of(struct arena *a, const struct form *query, const char *name, size_t max)
{
	const struct str *given = form_get(query, str_of(name));

	return given != NULL ? clean(a, *given, max) : STR("");
}

static struct str or_none(struct str s)
{
	return s.n > 0 ? s : (struct str){ 0 };
}

void track_read(struct arena *a, const struct form *query, struct click *out)
{
	for (int i = 0; i < CLICK_SUBS; i++)
		out->subs[i] = text_of(a, query, sub_names[i], CLICK_SUB_MAX);
	for (int i = 0; i < CLICK_IDS; i++)
		out->ids[i] = or_none(text_of(a, query, id_names[i], CLICK_ID_MAX));
	for (int i = 0; i < CLICK_UTMS; i++)
		out->utms[i] = or_none(text_of(a, query, utm_names[i], CLICK_SUB_MAX));
}

static void fill(struct str *to, const struct str *earlier, int n)
{
	for (int i = 0; i < n; i++)
		if (to[i].n == 0)
			to[i] = earlier[i];
}

void track_fill(struct click *to, const struct click *earlier)
{
	fill(to->subs, earlier->subs, CLICK_SUBS);
	fill(to->ids, earlier->ids, CLICK_IDS);
	fill(to->utms, earlier->utms, CLICK_UTMS);
}

static void add(struct value *object, const char *const *names, const struct str *texts, int n)
{
	for (int i = 0; i < n; i++)
		if (texts[i].n > 0)
			object->members[object->n++] = (struct member){ str_of(names[i]), value_text(texts[i]) };
}

struct value track_source(struct arena *a, const struct click *c, struct str click_id)
{
	static const char *const click_name[] = { "click_id" };
	struct value v = value_object(arena_array_of(a, CLICK_SUBS + CLICK_IDS + CLICK_UTMS + 1, struct member), 0);

	add(&v, source_subs, c->subs, CLICK_SUBS);
	add(&v, click_name, &click_id, 1);
	add(&v, id_names, c->ids, CLICK_IDS);
	add(&v, utm_names, c->utms, CLICK_UTMS);
	return v;
}
