#include "lib/tmpl/program.h"

#include "lib/tmpl/markup.h"

enum { NEST_MAX = 16 };

struct parser {
	struct compiler *c;
	struct program *p;
	struct markup markup;
	struct str rest;
	int depth;  /* of sections */
};

struct op *program_add(struct compiler *c, struct program *p, enum op_kind kind, struct str text)
{
	struct op *op;

	p->ops = compile_room(c->arena, p->ops, p->n, &p->cap, sizeof(*p->ops));
	op = &p->ops[p->n++];
	*op = (struct op){ .kind = kind, .text = text };
	return op;
}

static bool is_markup(const struct parser *ps)
{
	return ps->c->kind == TMPL_XML || ps->c->kind == TMPL_HTML;
}

static void add_text(struct parser *ps, struct str text)
{
	if (text.n == 0)
		return;
	if (ps->c->kind == TMPL_HEADER && (memchr(text.p, '\r', text.n) != NULL || memchr(text.p, '\n', text.n) != NULL))
		compile_fault(ps->c, "a header is one line");
	if (is_markup(ps))
		markup_text(ps->c, &ps->markup, ps->p, text);
	else
		program_add(ps->c, ps->p, OP_TEXT, text);
}

/* The word in front of an HTML hole's path. */
static enum hole_type take_type(struct str *text)
{
	static const char *const types[] = {
		[HOLE_TEXT] = "text ", [HOLE_ATTR] = "attr ", [HOLE_URL] = "url ", [HOLE_JSON] = "json ",
	};

	for (int type = HOLE_TEXT; type <= HOLE_JSON; type++)
		if (str_starts(*text, str_of(types[type]))) {
			*text = str_trim((struct str){ text->p + strlen(types[type]), text->n - strlen(types[type]) });
			return (enum hole_type)type;
		}
	return HOLE_BARE;
}

static void add_hole(struct parser *ps, struct str text)
{
	enum hole_type type = ps->c->kind == TMPL_HTML ? take_type(&text) : HOLE_BARE;
	enum place place = ps->c->kind == TMPL_HEADER ? PLACE_HEADER : ps->c->kind == TMPL_URL ? PLACE_URL : PLACE_PLAIN;
	const struct hole *hole;
	struct op *op;
	int bad = hole_compile(ps->c, text, &hole);

	if (is_markup(ps))
		bad |= markup_hole(ps->c, &ps->markup, type, &place);
	if (bad != 0)
		return;
	op = program_add(ps->c, ps->p, OP_HOLE, STR(""));
	op->hole = hole;
	op->place = place;
}

static bool parse_until(struct parser *ps, struct str name);

/* What stands between {{#path}} or {{^path}} and its {{/path}}. */
static void add_section(struct parser *ps, bool unless, struct str name)
{
	struct compiler *c = ps->c;
	size_t at = ps->p->n;
	enum markup_state before;
	struct ref *ref = arena_new_of(c->arena, struct ref);
	struct loop loop;

	if (c->kind != TMPL_PLAIN && c->kind != TMPL_XML && c->kind != TMPL_HTML)
		compile_fault(c, "sections stand in xml, soap and text bodies");
	if (ps->depth == NEST_MAX)
		compile_fault(c, "sections nest at most %d deep", NEST_MAX);
	(void)ref_compile(c, name, ref); /* when it is no path, its faults are told, and those inside of it too */
	markup_section(&ps->markup);
	before = ps->markup.state;
	program_add(c, ps->p, unless ? OP_UNLESS : OP_SECTION, STR(""))->ref = ref;
	loop = ref_loop(c, ref);
	if (!unless)
		c->loop = &loop;
	ps->depth++;
	if (ps->depth <= NEST_MAX && !parse_until(ps, name))
		compile_fault(c, "the section %.*s is not closed", STR_ARG(compile_shown(name)));
	ps->depth--;
	c->loop = loop.up;
	if (ps->markup.state != before)
		compile_fault(c, "the section %.*s ends elsewhere in the markup than it begins", STR_ARG(compile_shown(name)));
	markup_section(&ps->markup);
	ps->p->ops[at].end = ps->p->n;
}

/* {{/name}}: whether it closes the section that is open. */
static void check_close(struct parser *ps, struct str name, struct str open)
{
	if (ps->depth == 0)
		compile_fault(ps->c, "{{/%.*s}} closes no section", STR_ARG(compile_shown(name)));
	else if (!str_eq(name, open))
		compile_fault(ps->c, "{{/%.*s}} stands where {{/%.*s}} is due", STR_ARG(compile_shown(name)),
		    STR_ARG(compile_shown(open)));
}

/* Up to {{/open}}, or to the end; false when the end came first. */
static bool parse_until(struct parser *ps, struct str open)
{
	while (ps->rest.n > 0) {
		const char *at = memmem(ps->rest.p, ps->rest.n, "{{", 2);
		size_t before = at != NULL ? (size_t)(at - ps->rest.p) : ps->rest.n, n;
		struct str tag, name;

		add_text(ps, (struct str){ ps->rest.p, before });
		if (at == NULL)
			break;
		tag = (struct str){ at + 2, ps->rest.n - before - 2 };
		n = filter_until(tag, STR("}}"));
		if (n == tag.n) {
			compile_fault(ps->c, "a {{ has no }}");
			break;
		}
		ps->rest = (struct str){ tag.p + n + 2, tag.n - n - 2 };
		tag = str_trim((struct str){ tag.p, n });
		name = tag.n > 0 ? str_trim((struct str){ tag.p + 1, tag.n - 1 }) : tag;
		if (tag.n > 0 && tag.p[0] == '/') {
			check_close(ps, name, open);
			if (ps->depth > 0)
				return true;
		} else if (tag.n > 0 && (tag.p[0] == '#' || tag.p[0] == '^')) {
			add_section(ps, tag.p[0] == '^', name);
		} else {
			add_hole(ps, tag);
		}
	}
	ps->rest = (struct str){ ps->rest.p, 0 };
	return false;
}

int program_compile(struct compiler *c, struct str text, struct program *out)
{
	struct parser ps = { .c = c, .p = out, .markup = markup_start(c), .rest = arena_str(c->arena, text) };
	int before = c->bad;

	*out = (struct program){ .n = 0 };
	c->bad = 0;
	parse_until(&ps, STR(""));
	if (is_markup(&ps) && ps.markup.state != IN_TEXT)
		compile_fault(c, "the text ends inside of a tag, a comment or CDATA");
	if (c->bad != 0)
		return -1;
	c->bad = before;
	return 0;
}

static enum tmpl_result run(struct render *r, const struct program *p, size_t from, size_t to);

static enum tmpl_result run_entry(struct render *r, const struct program *p, const struct op *op, const struct value *item,
    size_t index)
{
	struct frame frame = { .up = r->frame, .item = item, .index = index };
	enum tmpl_result result;

	r->frame = &frame;
	result = render_step(r) ? run(r, p, (size_t)(op - p->ops) + 1, op->end) : TMPL_FULL;
	r->frame = frame.up;
	return result;
}

/* A single value is shown once; it has no index of its own. */
static enum tmpl_result run_section(struct render *r, const struct program *p, const struct op *op)
{
	const struct value *v = ref_value(r, op->ref);
	enum tmpl_result result = TMPL_DONE;

	if (op->kind == OP_UNLESS)
		return ref_shows(v) ? TMPL_DONE : run(r, p, (size_t)(op - p->ops) + 1, op->end);
	if (!ref_shows(v))
		return TMPL_DONE;
	if (v->type != VALUE_LIST)
		return run_entry(r, p, op, v, r->frame != NULL ? r->frame->index : 1);
	for (size_t i = 0; i < v->n && result == TMPL_DONE; i++)
		result = run_entry(r, p, op, &v->items[i], i + 1);
	return result;
}

static enum tmpl_result run_hole(struct render *r, const struct op *op)
{
	const struct value *v = render_step(r) ? hole_value(r, op->hole) : NULL;

	if (v != NULL)
		place_write(r, hole_is_masked(r, op->hole) ? PLACE_PLAIN : op->place, v);
	if (r->steps > TMPL_STEPS_MAX)
		return TMPL_FULL;
	return r->refused == NULL ? TMPL_DONE : TMPL_REFUSED;
}

static bool all_absent(struct render *r, const struct program *p, size_t from, size_t to)
{
	bool holes = false;

	for (size_t i = from; i < to; i++) {
		if (p->ops[i].kind != OP_HOLE)
			continue;
		if (hole_value(r, p->ops[i].hole) != NULL || r->refused != NULL)
			return false;
		holes = true;
	}
	return holes;
}

static enum tmpl_result run(struct render *r, const struct program *p, size_t from, size_t to)
{
	enum tmpl_result result = TMPL_DONE;

	for (size_t i = from; i < to && result == TMPL_DONE;) {
		const struct op *op = &p->ops[i++];

		switch (op->kind) {
		case OP_TEXT:
			buf_add_str(r->out, op->text);
			break;
		case OP_HOLE:
			result = run_hole(r, op);
			break;
		case OP_SECTION:
		case OP_UNLESS:
			result = run_section(r, p, op);
			i = op->end;
			break;
		case OP_OPTION:
			if (op->end > 0 && all_absent(r, p, op->from, op->end))
				i = op->end;
			break;
		}
	}
	if (r->refused != NULL)
		return TMPL_REFUSED;
	return r->out->overflow ? TMPL_FULL : result;
}

enum tmpl_result program_render(struct render *r, const struct program *p)
{
	return run(r, p, 0, p->n);
}

bool program_is_absent(struct render *r, const struct program *p)
{
	return all_absent(r, p, 0, p->n);
}

const struct hole *program_lone_hole(const struct program *p)
{
	return p->n == 1 ? p->ops[0].hole : NULL;
}
