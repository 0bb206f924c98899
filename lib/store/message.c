#include "lib/store/message.h"

enum { ALL_ATTEMPTS_MAX = 1000 };

/* What their columns hold; nothing that counts on takes a message out of the queue. */
#define STEP_MAX "250"
#define ATTEMPTS_MAX "65000"

#define COLUMNS \
	"d.id, d.endpoint_id, e.kind, e.owner, d.type, d.lead_id, d.sale_id, d.contract_id, d.url, d.body, d.state, d.created_at, d.next_at," \
	" d.lease, d.step, d.attempts, d.last_at, d.last_status, d.last_error, d.done_at"
#define FROM " FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id"
#define ENDPOINT "e.id, e.kind, e.owner, e.failing, e.failed_at, e.failed_status, e.disabled_at, e.reason"

static const char sql_endpoint[] = "SELECT id FROM webhook_endpoint WHERE kind = ? AND owner = ?";
static const char sql_endpoint_make[] = "INSERT IGNORE INTO webhook_endpoint (kind, owner) VALUES (?, ?)";
static const char sql_insert[] =
    "INSERT INTO webhook_delivery (id, endpoint_id, type, lead_id, sale_id, contract_id, url, body, state, created_at, next_at, step, attempts)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, 0, 0)";
static const char sql_due[] =
    "SELECT " ENDPOINT ", 0 FROM webhook_endpoint e WHERE e.disabled_at IS NULL"
    " AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 1 AND d.next_at <= ?)";
/* Only the message is locked: the endpoint's row is everybody's. */
static const char sql_pick[] =
    "SELECT id FROM webhook_delivery WHERE endpoint_id = ? AND state = 1 AND next_at <= ? ORDER BY next_at LIMIT ? FOR UPDATE SKIP LOCKED";
static const char sql_take[] =
    "UPDATE webhook_delivery SET lease = ?, step = LEAST(step + 1, " STEP_MAX "), attempts = LEAST(attempts + 1, " ATTEMPTS_MAX "),"
    " next_at = ?, last_at = ?,"
    " state = IF(contract_id IS NULL, 1, 3), done_at = IF(contract_id IS NULL, NULL, last_at),"
    " last_error = IF(contract_id IS NULL, last_error, 'not known whether it arrived') WHERE id = ? AND state = 1 AND next_at <= ?";
static const char sql_find[] = "SELECT " COLUMNS FROM " WHERE d.id = ?";
static const char sql_attempt[] =
    "INSERT IGNORE INTO webhook_attempt (delivery_id, n, at, ms, status, error) VALUES (?, ?, ?, ?, ?, ?)";
static const char sql_record[] =
    "UPDATE webhook_delivery SET lease = NULL, state = ?, next_at = ?, last_at = ?, last_status = ?, last_error = ?, done_at = ?"
    " WHERE id = ? AND lease = ?";
static const char sql_well[] = "UPDATE webhook_endpoint SET failing = 0 WHERE id = ? AND failing > 0";
static const char sql_ill[] = "UPDATE webhook_endpoint SET failing = failing + 1, failed_at = ?, failed_status = ? WHERE id = ?";
static const char sql_disable[] = "UPDATE webhook_endpoint SET disabled_at = ?, reason = ? WHERE id = ? AND disabled_at IS NULL";
static const char sql_enable[] = "UPDATE webhook_endpoint SET disabled_at = NULL, reason = NULL, failing = 0 WHERE kind = ? AND owner = ?";
static const char sql_resend[] =
    "UPDATE webhook_delivery SET state = 1, step = 0, next_at = ?, lease = NULL, done_at = NULL WHERE id = ? AND contract_id IS NULL";
static const char sql_list[] =
    "SELECT " COLUMNS FROM " WHERE (? = 0 OR e.kind = ?) AND (? = '' OR e.owner = ?) AND (? = 0 OR d.state = ?)"
    " AND (? IS NULL OR d.id < ?) ORDER BY d.id DESC LIMIT ?";
static const char sql_list_lead[] = "SELECT " COLUMNS FROM " WHERE d.lead_id = ? AND (? IS NULL OR d.id < ?) ORDER BY d.id DESC LIMIT ?";
static const char sql_attempts[] = "SELECT n, at, ms, status, error FROM webhook_attempt WHERE delivery_id = ? ORDER BY n LIMIT ?";
static const char sql_endpoints[] =
    "SELECT " ENDPOINT ", (SELECT COUNT(*) FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 1)"
    " FROM webhook_endpoint e ORDER BY e.kind, e.owner";
static const char sql_expire_attempts[] =
    "DELETE FROM webhook_attempt WHERE delivery_id IN"
    " (SELECT id FROM (SELECT id FROM webhook_delivery WHERE done_at < ? ORDER BY done_at, id LIMIT 1000) old)";
static const char sql_expire[] = "DELETE FROM webhook_delivery WHERE done_at < ? ORDER BY done_at, id LIMIT 1000";
static const char sql_give_up[] =
    "UPDATE webhook_delivery SET state = 3, done_at = ?, lease = NULL, last_error = 'given up: it could not be sent for days'"
    " WHERE endpoint_id = ? AND state = 1 AND next_at < ? LIMIT 1000";

static const char *const kinds[ENDPOINT__N] = { [ENDPOINT_SELLER] = "seller", [ENDPOINT_CHANNEL] = "channel",
	[ENDPOINT_CONTRACT] = "contract", [ENDPOINT_ALERT] = "alert", [ENDPOINT_LETTER] = "letter" };

const char *message_kind_name(enum endpoint_kind k)
{
	return k >= ENDPOINT_SELLER && k < ENDPOINT__N ? kinds[k] : "";
}

const char *message_state_name(enum message_state s)
{
	return s == MESSAGE_WAITING ? "waiting" : s == MESSAGE_DELIVERED ? "delivered" : "failed";
}

bool message_state_parse(struct str text, enum message_state *out)
{
	for (int s = MESSAGE_WAITING; s <= MESSAGE_FAILED; s++)
		if (str_is(text, message_state_name((enum message_state)s))) {
			*out = (enum message_state)s;
			return true;
		}
	return false;
}

static struct db_arg text_or_null(struct str s)
{
	return s.n == 0 ? DB_N() : DB_S(s);
}

/* The argument points to the id's own bytes. */
static struct db_arg id_or_null(const struct id *id)
{
	return id_is_zero(*id) ? DB_N() : DB_ID(*id);
}

static struct db_arg int_or_null(int64_t i)
{
	return i == 0 ? DB_N() : DB_I(i);
}

static int64_t int_of(const struct db_col *c)
{
	return c->null ? 0 : c->i;
}

static struct str text_of(const struct db_col *c)
{
	return c->null ? (struct str){ NULL, 0 } : c->s;
}

static enum found changed(struct db *db, const char *sql, const struct db_arg *args, size_t n, struct err *e)
{
	uint64_t rows;

	if (db_exec(db, sql, args, n, &rows, e) != 0)
		return FOUND_ERR;
	return rows > 0 ? FOUND_YES : FOUND_NO;
}

int message_endpoint(struct db *db, enum endpoint_kind kind, struct str owner, uint32_t *id_out, struct err *e)
{
	struct arena *a = arena_new(4096);
	enum found found = FOUND_NO;
	struct db_rows rows;

	for (int tries = 0; tries < 2 && found == FOUND_NO; tries++) {
		found = db_find(db, a, sql_endpoint, DB_ARGS(DB_I(kind), DB_S(owner)), &rows, e);
		if (found == FOUND_YES)
			*id_out = (uint32_t)rows.list[0].i;
		else if (found == FOUND_NO && db_exec(db, sql_endpoint_make, DB_ARGS(DB_I(kind), DB_S(owner)), NULL, e) != 0)
			found = FOUND_ERR;
	}
	arena_free(&a);
	if (found == FOUND_NO)
		err_set(e, ERR_INTERNAL, "an endpoint could not be made");
	return found == FOUND_YES ? 0 : -1;
}

int message_insert(struct db *db, const struct message_row *m, struct err *e)
{
	return db_exec(db, sql_insert,
	    DB_ARGS(DB_ID(m->id), DB_I(m->endpoint_id), DB_S(m->type), id_or_null(&m->lead_id), id_or_null(&m->sale_id),
		int_or_null(m->contract_id), text_or_null(m->url), DB_S(m->body), DB_T(m->created_at), DB_T(m->next_at)),
	    NULL, e);
}

static int list_endpoints(struct db *db, struct arena *a, const char *sql, const struct db_arg *args, size_t n_args, struct endpoint_row **out,
    size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql, args, n_args, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct endpoint_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct endpoint_row){ .id = (uint32_t)c[0].i, .kind = (enum endpoint_kind)c[1].i, .owner = c[2].s,
			.failing = (int)c[3].i, .failed_at = int_of(&c[4]), .failed_status = (int)int_of(&c[5]), .disabled_at = int_of(&c[6]),
			.reason = text_of(&c[7]), .waiting = c[8].i };
	}
	return 0;
}

int message_due(struct db *db, struct arena *a, int64_t now, struct endpoint_row **out, size_t *n_out, struct err *e)
{
	return list_endpoints(db, a, sql_due, DB_ARGS(DB_T(now)), out, n_out, e);
}

int message_endpoints(struct db *db, struct arena *a, struct endpoint_row **out, size_t *n_out, struct err *e)
{
	return list_endpoints(db, a, sql_endpoints, NULL, 0, out, n_out, e);
}

static void read_row(const struct db_col *c, struct message_row *m)
{
	*m = (struct message_row){
		.id = db_id(&c[0]), .endpoint_id = (uint32_t)c[1].i, .kind = (enum endpoint_kind)c[2].i, .owner = c[3].s, .type = c[4].s,
		.lead_id = db_id(&c[5]), .sale_id = db_id(&c[6]), .contract_id = (uint32_t)int_of(&c[7]), .url = text_of(&c[8]), .body = c[9].s,
		.state = (enum message_state)c[10].i, .created_at = c[11].i, .next_at = c[12].i, .lease = db_id(&c[13]), .step = (int)c[14].i,
		.attempts = (int)c[15].i, .last_at = int_of(&c[16]), .last_status = (int)int_of(&c[17]), .last_error = text_of(&c[18]),
		.done_at = int_of(&c[19]),
	};
}

enum found message_find(struct db *db, struct arena *a, struct id id, struct message_row *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_find, DB_ARGS(DB_ID(id)), &rows, e);

	if (found == FOUND_YES)
		read_row(rows.list, out);
	return found;
}

struct taking {
	struct arena *a;
	const struct message_claim *claim;
	struct message_row **out;
	size_t *n_out;
};

static int take(struct db *db, void *ctx, struct err *e)
{
	struct taking *t = ctx;
	const struct message_claim *c = t->claim;
	struct db_rows picked;

	*t->n_out = 0;
	if (db_query(db, t->a, sql_pick, DB_ARGS(DB_I(c->endpoint_id), DB_T(c->now), DB_I(c->limit)), &picked, e) != 0)
		return -1;
	*t->out = arena_array_of(t->a, picked.n, struct message_row);
	for (size_t i = 0; i < picked.n; i++) {
		struct id id = db_id(db_at(&picked, i, 0));
		enum found taken = changed(db, sql_take, DB_ARGS(DB_ID(c->lease), DB_T(c->until), DB_T(c->now), DB_ID(id), DB_T(c->now)), e);

		if (taken == FOUND_ERR || (taken == FOUND_YES && message_find(db, t->a, id, &(*t->out)[*t->n_out], e) != FOUND_YES))
			return -1;
		*t->n_out += taken == FOUND_YES;
	}
	return 0;
}

int message_take(struct db *db, struct arena *a, const struct message_claim *claim, struct message_row **out, size_t *n_out, struct err *e)
{
	struct taking t = { a, claim, out, n_out };

	return db_transact(db, take, &t, e);
}

struct recording {
	const struct message_row *m;
	const struct message_result *r;
};

/* The endpoint's record follows: a success clears it, so that most of them touch no row that others want too. */
static int record(struct db *db, void *ctx, struct err *e)
{
	const struct message_row *m = ((struct recording *)ctx)->m;
	const struct message_result *r = ((struct recording *)ctx)->r;
	bool waits = r->state == MESSAGE_WAITING;
	enum found mine;
	int bad;

	if (db_exec(db, sql_attempt,
		DB_ARGS(DB_ID(m->id), DB_I(m->attempts), DB_T(r->at), DB_I(r->ms), int_or_null(r->status), text_or_null(r->error)), NULL, e) != 0)
		return -1;
	if (r->nobody)
		bad = 0;
	else if (r->state == MESSAGE_DELIVERED)
		bad = db_exec(db, sql_well, DB_ARGS(DB_I(m->endpoint_id)), NULL, e);
	else
		bad = db_exec(db, sql_ill, DB_ARGS(DB_T(r->at), int_or_null(r->status), DB_I(m->endpoint_id)), NULL, e);
	if (bad != 0)
		return -1;
	mine = changed(db, sql_record,
	    DB_ARGS(DB_I(r->state), DB_T(waits ? r->next_at : r->at), DB_T(r->at), int_or_null(r->status), text_or_null(r->error),
		waits ? DB_N() : DB_T(r->at), DB_ID(m->id), DB_ID(m->lease)),
	    e);
	return mine == FOUND_ERR ? -1 : 0;
}

int message_record(struct db *db, const struct message_row *m, const struct message_result *r, struct err *e)
{
	struct recording w = { m, r };

	return db_transact(db, record, &w, e);
}

enum found message_disable(struct db *db, uint32_t endpoint_id, struct str reason, int64_t now, struct err *e)
{
	return changed(db, sql_disable, DB_ARGS(DB_T(now), DB_S(reason), DB_I(endpoint_id)), e);
}

enum found message_enable(struct db *db, enum endpoint_kind kind, struct str owner, struct err *e)
{
	return changed(db, sql_enable, DB_ARGS(DB_I(kind), DB_S(owner)), e);
}

enum found message_resend(struct db *db, struct id id, int64_t now, struct err *e)
{
	return changed(db, sql_resend, DB_ARGS(DB_T(now), DB_ID(id)), e);
}

int message_list(struct db *db, struct arena *a, const struct message_filter *f, struct message_row **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;
	int bad;

	if (!id_is_zero(f->lead_id))
		bad = db_query(db, a, sql_list_lead,
		    DB_ARGS(DB_ID(f->lead_id), id_or_null(&f->before), id_or_null(&f->before), DB_I(f->limit)), &rows, e);
	else
		bad = db_query(db, a, sql_list,
		    DB_ARGS(DB_I(f->kind), DB_I(f->kind), DB_S(f->owner), DB_S(f->owner), DB_I(f->state), DB_I(f->state),
			id_or_null(&f->before), id_or_null(&f->before), DB_I(f->limit)),
		    &rows, e);
	if (bad != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct message_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++)
		read_row(db_at(&rows, i, 0), &(*out)[i]);
	return 0;
}

int message_attempts(struct db *db, struct arena *a, struct id id, struct message_attempt **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_attempts, DB_ARGS(DB_ID(id), DB_I(ALL_ATTEMPTS_MAX)), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct message_attempt);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct message_attempt){ (int)c[0].i, c[1].i, (int)c[2].i, (int)int_of(&c[3]), text_of(&c[4]) };
	}
	return 0;
}

struct expiry {
	int64_t before;
	uint64_t *dropped_out;
};

static int expire(struct db *db, void *ctx, struct err *e)
{
	struct expiry *w = ctx;

	if (db_exec(db, sql_expire_attempts, DB_ARGS(DB_T(w->before)), NULL, e) != 0)
		return -1;
	return db_exec(db, sql_expire, DB_ARGS(DB_T(w->before)), w->dropped_out, e);
}

int message_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e)
{
	struct expiry w = { before, dropped_out };

	return db_transact(db, expire, &w, e);
}

int message_give_up(struct db *db, struct arena *a, int64_t before, int64_t now, uint64_t *ended_out, struct err *e)
{
	struct endpoint_row *list;
	uint64_t ended;
	size_t n;

	*ended_out = 0;
	if (message_endpoints(db, a, &list, &n, e) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (list[i].waiting == 0)
			continue;
		if (db_exec(db, sql_give_up, DB_ARGS(DB_T(now), DB_I(list[i].id), DB_T(before)), &ended, e) != 0)
			return -1;
		*ended_out += ended;
	}
	return 0;
}
