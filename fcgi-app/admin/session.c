#include "fcgi-app/admin/admin.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/money.h"
#include "lib/store/audit.h"
#include "lib/web/limit.h"

#define COOKIE "__Host-gavel"
#define LIFE_US (INT64_C(12) * 3600 * 1000000)
#define IDLE_US (INT64_C(2) * 3600 * 1000000)

enum { TOKEN_BYTES = 32, WAIT_US = 2000000, TRIES_BURST = 10, PASSWORD_LEAST = 1, PASSWORD_MOST = 200, NEXT_MAX = 500 };

/* Of a name that nobody has, so that a wrong name takes as long as a wrong password. */
static const char no_user_hash[] = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$tnSYvahCwPBHKZUspmcxMfb0.WiB9W.zEaKlOBL35rC";

static struct str cookie_value(const struct req *q)
{
	struct str rest = req_header(q, "cookie"), part, name;

	while (str_split(&rest, ';', &part)) {
		part = str_trim(part);
		if (str_split(&part, '=', &name) && str_is(name, COOKIE))
			return part.p != NULL ? part : STR("");
	}
	return STR("");
}

int session_check(struct app *app, const struct req *q, struct caller *caller, struct err *e)
{
	struct str token = cookie_value(q);
	struct session_row *row = arena_new_of(q->arena, struct session_row);
	uint8_t hash[SHA256_SIZE];
	struct db *db = NULL;
	enum found found;

	if (token.n == 0)
		return err_set(e, ERR_UNAUTHORIZED, "nobody is signed in");
	crypt_sha256(token, hash);
	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	found = session_store_find(db, q->arena, hash, q->wall_us, q->wall_us - IDLE_US, row, e);
	db_give(app->pool, &db);
	if (found != FOUND_YES)
		return found == FOUND_ERR ? -1 : err_set(e, ERR_UNAUTHORIZED, "the session has ended");
	caller->session = row;
	caller->owner = arena_printf(q->arena, "user:%.*s", STR_ARG(row->user));
	return 0;
}

bool session_show_error(struct app *app, struct req *q, struct resp *r, const struct err *e)
{
	if (!str_starts(q->path, STR("/admin")))
		return false;
	if (e->kind == ERR_UNAUTHORIZED && (str_is(q->method, "GET") || str_is(q->method, "HEAD"))) {
		struct str asked = q->query.n > 0 ? arena_printf(q->arena, "%.*s?%.*s", STR_ARG(q->path), STR_ARG(q->query)) : q->path;
		struct buf to;

		buf_in(&to, q->arena, 4 * NEXT_MAX);
		buf_add_cstr(&to, "/admin/sign-in?next=");
		form_percent(&to, asked.n <= NEXT_MAX ? asked : STR("/admin"));
		resp_redirect(r, 303, buf_str(&to));
		return true;
	}
	return page_problem(app->pages, r, q, "admin/problem", e) == 0;
}

/* Our own pages only: browsers say where a form came from. */
static bool is_foreign(const struct req *q)
{
	struct str origin = req_header(q, "origin"), site = req_header(q, "sec-fetch-site"), host = req_header(q, "host");

	if (site.n > 0 && !str_is(site, "same-origin") && !str_is(site, "none"))
		return true;
	if (origin.n == 0)
		return false;
	if (str_starts(origin, STR("https://")))
		return !str_eq((struct str){ origin.p + 8, origin.n - 8 }, host);
	if (str_starts(origin, STR("http://")))
		return !str_eq((struct str){ origin.p + 7, origin.n - 7 }, host);
	return true;
}

int session_form(const struct req *q, struct form *out, struct err *e)
{
	const struct str *token;

	if (is_foreign(q))
		return err_set(e, ERR_FORBIDDEN, "This form was sent from another site. Nothing was changed.");
	if (!str_is(q->content_type, "application/x-www-form-urlencoded"))
		return err_set(e, ERR_MEDIA, "the body is application/x-www-form-urlencoded");
	if (form_parse(q->arena, q->body, out, e) != 0)
		return -1;
	if (q->caller->session == NULL)
		return 0;
	token = form_get(out, STR("csrf"));
	if (token == NULL || !crypt_same(*token, q->caller->session->csrf))
		return err_set(e, ERR_FORBIDDEN, "The form's security token is missing or old. Nothing was changed; open the page again and send it once more.");
	return 0;
}

struct value admin_frame(const struct req *q, const char *title, const char *part)
{
	struct value root = page_object(), menu = page_object();

	page_set(q->arena, &root, "title", value_text(str_of(title)));
	page_set(q->arena, &menu, part, value_bool(true));
	page_set(q->arena, &root, "menu", menu);
	if (q->caller->session != NULL) {
		page_set(q->arena, &root, "user", value_text(q->caller->session->user));
		page_set(q->arena, &root, "csrf", value_text(q->caller->session->csrf));
	}
	return root;
}

struct str admin_when(struct arena *a, int64_t us)
{
	struct str s = clock_sql(a, us);

	return arena_printf(a, "%.*s UTC", (int)(s.n < 19 ? s.n : 19), s.p);
}

struct str admin_amount(struct arena *a, int64_t money, const char *currency)
{
	return arena_printf(a, "%.*s %s", STR_ARG(money_text(a, money)), currency);
}

/* Only a path of our own pages; anything else leads to the first one. */
static struct str safe_next(struct str next)
{
	if (next.n > NEXT_MAX || !str_starts(next, STR("/admin")) || str_contains(next, STR("/.")) ||
	    (next.n > 6 && next.p[6] != '/' && next.p[6] != '?'))
		return STR("/admin/overview");
	for (size_t i = 0; i < next.n; i++)
		if (next.p[i] <= ' ' || next.p[i] == '\\' || next.p[i] > '~' || (next.p[i] == '/' && i + 1 < next.n && next.p[i + 1] == '/'))
			return STR("/admin/overview");
	return next;
}

static int show_sign_in(struct app *app, struct req *q, struct resp *r, int status, const char *fault, struct str name, struct str next, struct err *e)
{
	struct value root = admin_frame(q, "Sign in", "sign_in");

	if (fault != NULL)
		page_set(q->arena, &root, "fault", value_text(str_of(fault)));
	page_set(q->arena, &root, "name", value_text(name));
	page_set(q->arena, &root, "next", value_text(next));
	return page_send(app->pages, r, status, "admin/sign_in", &root, NULL, e);
}

int admin_sign_in_page(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct form query;
	const struct str *next;

	if (req_query(q, &query, e) != 0)
		return -1;
	next = form_get(&query, STR("next"));
	return show_sign_in(app, q, r, 200, NULL, STR(""), next != NULL ? safe_next(*next) : STR(""), e);
}

static struct str random_text(struct arena *a, size_t *n_out)
{
	uint8_t bytes[TOKEN_BYTES];
	struct str hex;

	crypt_random(bytes, sizeof(bytes));
	hex = crypt_hex(a, (struct str){ (const char *)bytes, sizeof(bytes) });
	crypt_wipe(bytes, sizeof(bytes));
	*n_out = hex.n;
	return hex;
}

/* Who signs in again, as somebody else perhaps, leaves no open door behind in that browser. */
static int end_presented(struct db *db, const struct req *q, struct err *e)
{
	struct str token = cookie_value(q);
	uint8_t hash[SHA256_SIZE];

	if (token.n == 0)
		return 0;
	crypt_sha256(token, hash);
	return session_store_delete(db, hash, e);
}

static int open_session(struct db *db, const struct req *q, const struct user_row *user, struct str *token_out, struct err *e)
{
	struct session_row row = { .user_id = user->id, .created_at = q->wall_us, .seen_at = q->wall_us, .expires_at = q->wall_us + LIFE_US };
	size_t n;

	*token_out = random_text(q->arena, &n);
	row.csrf = random_text(q->arena, &n);
	row.csrf.n = SESSION_CSRF;
	crypt_sha256(*token_out, row.token_hash);
	if (session_store_expire(db, q->wall_us, e) != 0 || end_presented(db, q, e) != 0 || session_store_insert(db, &row, e) != 0)
		return -1;
	return audit_add(db, arena_printf(q->arena, "user:%.*s", STR_ARG(user->name)), "sign_in",
	    arena_printf(q->arena, "user:%.*s", STR_ARG(user->name)), q->remote_addr, e);
}

/* FOUND_NO: the name or the password is wrong. */
static enum found try_password(struct app *app, const struct req *q, struct str name, struct str password, struct str *token_out, struct err *e)
{
	struct user_row user;
	struct db *db = NULL;
	enum found found;
	bool good = false;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return FOUND_ERR;
	found = session_user_find(db, q->arena, name, &user, e);
	db_give(app->pool, &db);
	if (found == FOUND_ERR)
		return FOUND_ERR;
	/* No connection is held while a password is hashed. */
	if (password_verify(app->gate, password, found == FOUND_YES ? user.password_hash : str_of(no_user_hash), &good, e) != 0)
		return FOUND_ERR;
	if (found == FOUND_NO || !good)
		return FOUND_NO;
	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return FOUND_ERR;
	found = open_session(db, q, &user, token_out, e) == 0 ? FOUND_YES : FOUND_ERR;
	db_give(app->pool, &db);
	return found;
}

int admin_sign_in(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct limit_result limit;
	struct str name, password, token, next;
	struct form form;
	enum found found;

	if (session_form(q, &form, e) != 0)
		return -1;
	name = str_trim(form_text(&form, "name"));
	password = form_text(&form, "password");
	next = safe_next(form_text(&form, "next"));
	limit_take(app->shm, arena_printf(q->arena, "sign-in:%.*s", STR_ARG(limit_address(q->arena, q->remote_addr))), 1, TRIES_BURST,
	    clock_mono_us(), &limit);
	if (!limit.allowed)
		return show_sign_in(app, q, r, 429, "Too many tries. Wait a few seconds and try again.", name, next, e);
	if (name.n == 0 || password.n < PASSWORD_LEAST || password.n > PASSWORD_MOST)
		return show_sign_in(app, q, r, 422, "Enter your user name and your password.", name, next, e);
	found = try_password(app, q, name, password, &token, e);
	if (found == FOUND_ERR)
		return -1;
	if (found == FOUND_NO) {
		log_warn("a sign-in was refused", LOG_STR("from", q->remote_addr), LOG_END);
		return show_sign_in(app, q, r, 401, "The user name or the password is wrong.", name, next, e);
	}
	resp_redirect(r, 303, next);
	resp_header(r, "Set-Cookie", arena_printf(q->arena, COOKIE "=%.*s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%lld",
	    STR_ARG(token), (long long)(LIFE_US / 1000000)));
	return 0;
}

int admin_sign_out(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	struct form form;
	struct db *db = NULL;
	int failed;

	if (session_form(q, &form, e) != 0 || db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	failed = session_store_delete(db, q->caller->session->token_hash, e);
	db_give(app->pool, &db);
	if (failed)
		return -1;
	resp_redirect(r, 303, STR("/admin/sign-in"));
	resp_header(r, "Set-Cookie", STR(COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
	return 0;
}

int admin_home(struct app *app, struct req *q, struct resp *r, struct err *e)
{
	(void)app;
	(void)q;
	(void)e;
	resp_redirect(r, 303, STR("/admin/overview"));
	return 0;
}
