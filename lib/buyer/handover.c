/*
 * handover: a post for a buyer without an API, in place of a call: a letter, or a line of a file that the buyer fetches. For fixed
 * prices only, since nothing comes back that could be read: what was handed over is sold.
 */
#include "lib/buyer/compiled.h"
#include "lib/buyer/naming.h"
#include "lib/lead/members.h"
#include "lib/wire/csv.h"

enum { TO_MAX = 20, ADDRESS_MAX = 254, SUBJECT_MAX = 500, CELL_MAX = 16 * 1024, LINE_BYTES_MAX = 256 * 1024, FILE_MAX = 200,
	MESSAGE_MAX = 64 * 1024 };

bool handover_asked(const struct value *doc)
{
	return members_get(doc, "email") != NULL || members_get(doc, "csv") != NULL;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* The plain form of an address: what needs quotes or a comment is nobody's mailbox for leads. */
static bool is_address(struct str s)
{
	struct str local, rest = s;

	if (s.n > ADDRESS_MAX || !str_split(&rest, '@', &local) || local.n == 0 || local.n == s.n || rest.n == 0)
		return false;
	for (size_t i = 0; i < local.n; i++)
		if (!is_word(local.p[i]) && memchr(".+=&'*/!#$%^~", local.p[i], 13) == NULL)
			return false;
	for (size_t i = 0; i < rest.n; i++)
		if (!is_word(rest.p[i]) && rest.p[i] != '.')
			return false;
	return memchr(rest.p, '.', rest.n) != NULL && rest.p[0] != '.' && rest.p[rest.n - 1] != '.' && !str_contains(s, STR(".."));
}

/* One name of a folder, that no system takes for a path, an option or a hidden file. */
static bool is_file_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_word(s.p[i]) && s.p[i] != '.')
			return false;
	return s.n > 0 && s.n <= FILE_MAX && s.p[0] != '.' && s.p[0] != '-' && !str_contains(s, STR(".."));
}

static bool allows_file(void *ctx, struct str path, const char **why_out)
{
	(void)ctx;
	*why_out = "has no place in a file's name: now and contract have";
	return str_is(path, "now") || str_is(path, "contract");
}

static int compile_addresses(struct compiler *c, const struct value *doc, const struct path *at, struct handover *h)
{
	struct path here = path_member(at, STR("to"));
	int bad = 0;

	h->to = members_texts(c->arena, doc, "to", &h->n_to);
	for (size_t i = 0; i < h->n_to; i++) {
		struct path entry = path_index(&here, i);

		if (!is_address(h->to[i]))
			bad = fault_add(c->faults, &entry, "invalid_field", "must be an address such as leads@buyer.example.com, without holes");
	}
	return bad;
}

static int compile_letter(struct compiler *c, const struct value *doc, const struct path *at, struct handover *h)
{
	static const struct member_rule members[] = {
		{ "to", MEMBER_TEXTS, .required = true, .min = 1, .max = TO_MAX },
		{ "subject", MEMBER_TEXT, .required = true, .max = SUBJECT_MAX },
		{ "body", MEMBER_TEXT, .required = true, .max = MESSAGE_MAX },
	};
	struct path at_subject = path_member(at, STR("subject")), at_body = path_member(at, STR("body"));
	int bad = members_check(doc, members, MEMBERS_N(members), at, c->faults);

	if (doc->type != VALUE_OBJECT)
		return -1;
	h->kind = HANDOVER_MAIL;
	bad |= compile_addresses(c, doc, at, h);
	bad |= step_text(c, TMPL_HEADER, members_get(doc, "subject"), &at_subject, &h->subject);
	bad |= step_text(c, TMPL_PLAIN, members_get(doc, "body"), &at_body, &h->body);
	return bad;
}

/* A name is tried out at once: its holes are the same for every lead but for their length and day. */
static int compile_file(struct compiler *c, const struct value *doc, const struct path *at, struct handover *h)
{
	struct path here = path_member(at, STR("file"));
	struct member contract = { STR("contract"), value_text(STR("contract")) };
	struct value root = value_object(&contract, 1);
	struct tmpl_scope scope = { .root = &root };
	struct buf b;
	int bad;

	c->tmpl.allow = allows_file;
	bad = step_text(c, TMPL_HEADER, members_get(doc, "file"), &here, &h->file);
	c->tmpl.allow = naming_allows;
	if (bad != 0 || h->file == NULL)
		return -1;
	buf_in(&b, c->arena, FILE_MAX);
	if (tmpl_render(c->arena, h->file, &scope, &b, NULL) == TMPL_DONE && is_file_name(buf_str(&b)))
		return 0;
	return fault_add(c->faults, &here, "invalid_field", "must make a plain file name: letters, digits, '.', '-' and '_', at most %d, "
	    "not beginning with '.' or '-'", FILE_MAX);
}

static int compile_columns(struct compiler *c, const struct value *columns, const struct path *at, struct handover *h)
{
	int bad = 0;

	if (columns == NULL)
		return -1;
	h->columns = arena_array_of(c->arena, columns->n, struct header);
	for (size_t i = 0; i < columns->n; i++) {
		const struct member *m = &columns->members[i];
		struct path here = path_member(at, m->name);
		struct header *column = &h->columns[h->n_columns++];

		column->name = m->name;
		if (m->name.n == 0 || str_contains(m->name, STR("{{")))
			bad = fault_add(c->faults, &here, "invalid_field", "a column's name is a text without holes");
		if (m->value.type == VALUE_NULL)
			bad = fault_add(c->faults, &here, "invalid_field", "must be a text");
		bad |= step_text(c, TMPL_PLAIN, &m->value, &here, &column->t);
	}
	return bad;
}

static int compile_line(struct compiler *c, const struct value *doc, const struct path *at, struct handover *h)
{
	static const struct member_rule members[] = {
		{ "file", MEMBER_TEXT, .required = true },
		{ "columns", MEMBER_OBJECT, .required = true, .min = 1, .max = PAIRS_MAX },
	};
	struct path at_columns = path_member(at, STR("columns"));
	int bad = members_check(doc, members, MEMBERS_N(members), at, c->faults);

	if (doc->type != VALUE_OBJECT)
		return -1;
	h->kind = HANDOVER_FILE;
	bad |= compile_file(c, doc, at, h);
	bad |= compile_columns(c, members_object(doc, "columns"), &at_columns, h);
	return bad;
}

int handover_compile(struct compiler *c, const struct value *doc, const struct path *at, struct step *out)
{
	static const struct member_rule members[] = {
		{ "email", MEMBER_ANY }, { "csv", MEMBER_ANY },
		{ "timeout_ms", MEMBER_INT, .min = TIMEOUT_MIN_MS, .max = TIMEOUT_MAX_MS },
	};
	const struct value *email = members_get(doc, "email"), *csv = members_get(doc, "csv");
	struct path at_email = path_member(at, STR("email")), at_csv = path_member(at, STR("csv"));
	int bad = members_check(doc, members, MEMBERS_N(members), at, c->faults);

	if (!c->env->direct)
		bad = fault_add(c->faults, email != NULL ? &at_email : &at_csv, "invalid_field",
		    "is for the post of a contract with a fixed price and no ping: nothing comes back that could say more");
	if (email != NULL && csv != NULL)
		bad = fault_add(c->faults, &at_csv, "invalid_field", "stands beside email: a post goes one way");
	if (email != NULL)
		bad |= compile_letter(c, email, &at_email, &out->handover);
	else
		bad |= compile_line(c, csv, &at_csv, &out->handover);
	return bad;
}

static enum tmpl_result render_letter(struct renderer *r, const struct handover *h, struct http_call *out)
{
	static const struct str none = { NULL, 0 };
	struct letter *letter = arena_new_of(r->arena, struct letter);
	enum tmpl_result result;
	struct buf b;

	letter->to = h->to;
	letter->n_to = h->n_to;
	letter->id = value_get_text(r->scope->root, STR("sale_id"), STR(""));
	if ((result = render_text(r, h->subject, SUBJECT_MAX, "email/subject", none, &letter->subject)) != TMPL_DONE)
		return result;
	if ((result = render_text(r, h->body, BODY_MAX, "email/body", none, &letter->body)) != TMPL_DONE)
		return result;
	buf_in(&b, r->arena, URL_MAX);
	for (size_t i = 0; i < h->n_to; i++) {
		buf_add_cstr(&b, i == 0 ? "mailto:" : ",");
		buf_add_str(&b, h->to[i]);
	}
	out->method = STR("SMTP");
	out->url = buf_str(&b);
	header_add(r, STR("Subject"), letter->subject);
	out->body = letter->body;
	out->letter = letter;
	return TMPL_DONE;
}

static struct str header_line(struct arena *a, const struct handover *h)
{
	struct buf b;

	buf_in(&b, a, LINE_BYTES_MAX);
	for (size_t i = 0; i < h->n_columns; i++) {
		if (i > 0)
			buf_add_char(&b, ',');
		csv_cell(&b, h->columns[i].name);
	}
	buf_add_cstr(&b, "\r\n");
	return buf_str(&b);
}

static enum tmpl_result render_values(struct renderer *r, const struct handover *h, struct buf *b)
{
	for (size_t i = 0; i < h->n_columns; i++) {
		const struct header *column = &h->columns[i];
		struct str value;
		enum tmpl_result result = render_text(r, column->t, CELL_MAX, "csv/columns", column->name, &value);

		if (result != TMPL_DONE)
			return result;
		if (memchr(value.p, '\0', value.n) != NULL)
			return render_refuse(r, "csv/columns", column->name, "NUL may not stand in a file");
		if (i > 0)
			buf_add_char(b, ',');
		csv_cell(b, value);
	}
	buf_add_cstr(b, "\r\n");
	return b->overflow ? TMPL_FULL : TMPL_DONE;
}

static enum tmpl_result render_drop(struct renderer *r, const struct handover *h, struct http_call *out)
{
	struct drop *drop = arena_new_of(r->arena, struct drop);
	enum tmpl_result result;
	struct buf b;

	if ((result = render_text(r, h->file, FILE_MAX, "csv/file", (struct str){ NULL, 0 }, &drop->file)) != TMPL_DONE)
		return result;
	if (!is_file_name(drop->file))
		return render_refuse(r, "csv/file", (struct str){ NULL, 0 }, "is no plain file name");
	buf_in(&b, r->arena, LINE_BYTES_MAX);
	if ((result = render_values(r, h, &b)) != TMPL_DONE) {
		if (b.overflow)
			err_set(r->e, ERR_TOO_LARGE, "csv: the line is larger than %d bytes", LINE_BYTES_MAX);
		return result;
	}
	drop->line = buf_str(&b);
	drop->header = header_line(r->arena, h);
	out->method = STR("CSV");
	out->url = drop->file;
	out->body = arena_printf(r->arena, "%.*s%.*s", STR_ARG(drop->header), STR_ARG(drop->line));
	out->drop = drop;
	return TMPL_DONE;
}

enum tmpl_result handover_render(struct renderer *r, const struct handover *h, struct http_call *out)
{
	return h->kind == HANDOVER_MAIL ? render_letter(r, h, out) : render_drop(r, h, out);
}
