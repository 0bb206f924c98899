#include "fcgi-app/once.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/idempotency.h"

enum { KEY_MAX = 255, WAIT_US = 2000000, DEAD_AFTER_US = 60000000 };

int once_key(const struct req *q, struct str *out, struct err *e)
{
	struct str key = str_trim(req_header(q, "idempotency-key"));

	*out = (struct str){ "", 0 };
	if (key.n == 0)
		return 0;
	if (key.n >= 2 && key.p[0] == '"' && key.p[key.n - 1] == '"')
		key = (struct str){ key.p + 1, key.n - 2 };
	if (key.n == 0 || key.n > KEY_MAX)
		return err_set(e, ERR_MALFORMED, "Idempotency-Key is 1 to 255 characters");
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] <= ' ' || key.p[i] > '~')
			return err_set(e, ERR_MALFORMED, "Idempotency-Key has only visible ASCII characters");
	*out = key;
	return 0;
}

void once_fingerprint(const struct req *q, uint8_t out[SHA256_SIZE])
{
	uint8_t body[SHA256_SIZE];
	struct str hex;

	crypt_sha256(q->body, body);
	hex = crypt_hex(q->arena, (struct str){ (const char *)body, sizeof(body) });
	crypt_sha256(arena_printf(q->arena, "%.*s %.*s %.*s", STR_ARG(q->method), STR_ARG(q->path), STR_ARG(hex)), out);
}

static void replay(struct resp *r, const struct idempotency *i)
{
	r->status = i->status;
	r->content_type = i->answer.n > 0 && i->answer.p[0] == '<' ? STR("application/xml") :
	    i->status >= 400 ? STR("application/problem+json") : STR("application/json");
	buf_clear(&r->body);
	buf_add_str(&r->body, i->answer);
	resp_set_header(r, "Idempotent-Replayed", STR("true"));
	r->log_code = "replayed";
}

int once_mismatch(struct err *e)
{
	err_set(e, ERR_INVALID, "this Idempotency-Key was used with another request");
	e->code = "idempotency_key";
	return -1;
}

/* The key is taken: replay (1), or say why not (-1); 0 when a dead process's claim was taken over. */
static int taken(struct db *db, const struct req *q, const struct idempotency *mine, struct resp *r, struct err *e)
{
	struct idempotency found;
	enum found f = idempotency_store_find(db, q->arena, mine->owner, mine->name, &found, e);

	if (f == FOUND_ERR)
		return -1;
	if (f == FOUND_NO)
		return idempotency_running(e);
	if (memcmp(found.fingerprint, mine->fingerprint, sizeof(found.fingerprint)) != 0)
		return once_mismatch(e);
	if (found.status > 0) {
		replay(r, &found);
		return 1;
	}
	f = idempotency_store_retake(db, mine, mine->created_at - DEAD_AFTER_US, e);
	return f == FOUND_ERR ? -1 : f == FOUND_YES ? 0 : idempotency_running(e);
}

static int claim(struct app *app, const struct req *q, const struct idempotency *mine, struct resp *r, struct err *e)
{
	struct db *db = NULL;
	int result;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	result = idempotency_store_claim(db, mine, e);
	if (result != 0 && e->kind == ERR_DB_DUPLICATE)
		result = taken(db, q, mine, r, e);
	db_give(app->pool, &db);
	return result;
}

static void finish(struct app *app, const struct idempotency *mine, bool keep)
{
	struct db *db = NULL;
	struct err e;
	int result;

	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, &e) != 0) {
		log_err("the answer of an Idempotency-Key is not kept", &e);
		return;
	}
	result = keep ? idempotency_store_answer(db, mine, &e) : idempotency_store_drop(db, mine, &e);
	db_give(app->pool, &db);
	if (result != 0)
		log_err("the answer of an Idempotency-Key is not kept", &e);
}

int once_run(struct app *app, const struct route *route, struct req *q, struct resp *r, struct err *e)
{
	struct idempotency mine = { .owner = q->caller->owner, .created_at = q->wall_us };
	int result;

	if (once_key(q, &mine.name, e) != 0)
		return -1;
	if (mine.name.n == 0 || mine.owner.n == 0)
		return route->handle(app, q, r, e);
	once_fingerprint(q, mine.fingerprint);
	result = claim(app, q, &mine, r, e);
	if (result != 0)
		return result == 1 ? 0 : -1;
	result = route->handle(app, q, r, e);
	mine.status = r->status;
	mine.answer = buf_str(&r->body);
	finish(app, &mine, result == 0);
	return result;
}

int once_replay_post(struct app *app, const struct req *q, struct str key, struct resp *r, struct id *lead_out, struct err *e)
{
	struct idempotency found;
	uint8_t fingerprint[SHA256_SIZE];
	struct db *db = NULL;
	enum found f;

	*lead_out = (struct id){ { 0 } };
	if (db_take(app->pool, clock_mono_us() + WAIT_US, &db, e) != 0)
		return -1;
	f = idempotency_store_find(db, q->arena, q->caller->owner, key, &found, e);
	db_give(app->pool, &db);
	if (f != FOUND_YES)
		return f == FOUND_ERR ? -1 : 0;
	once_fingerprint(q, fingerprint);
	if (memcmp(found.fingerprint, fingerprint, sizeof(fingerprint)) != 0)
		return once_mismatch(e);
	if (found.status > 0) {
		replay(r, &found);
		return 1;
	}
	*lead_out = found.lead_id;
	return 0;
}

void once_keep_answer(struct app *app, const struct req *q, struct str key, struct id lead_id, const struct resp *r)
{
	struct idempotency mine = { .owner = q->caller->owner, .name = key, .lead_id = lead_id, .created_at = q->wall_us, .status = r->status,
		.answer = buf_str(&r->body) };

	finish(app, &mine, true);
}
