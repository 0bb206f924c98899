#include "lib/store/outbox.h"

/* A sale in `data`: its id in hex, and the digit of its state. */
enum { SALE_TEXT = 2 * sizeof(struct id) + 1 };

/* Lead states 2, 3, 4 are sold, unsold and pending: those that are told of. */
static const char sql_add[] =
    "INSERT INTO outbox (at, lead_id, sale_id, sale_state, lead_state, data)"
    " SELECT ?, l.id, ?, ?, IF(l.state IN (2, 3, 4) AND NOT l.told <=> l.state, l.state, NULL),"
    " IF(l.state IN (2, 3, 4) AND NOT l.told <=> l.state,"
    " (SELECT COALESCE(GROUP_CONCAT(HEX(s.id), s.state ORDER BY s.id SEPARATOR ''), '') FROM sale s WHERE s.lead_id = l.id), NULL)"
    " FROM `lead` l WHERE l.id = ?";
static const char sql_tell[] = "UPDATE `lead` SET told = state WHERE id = ? AND state IN (2, 3, 4) AND NOT told <=> state";
static const char sql_span[] = "INSERT IGNORE INTO alert (kind, subject, span, at) VALUES (?, ?, ?, ?)";
static const char sql_alert[] = "INSERT INTO outbox (at, alert, data) VALUES (?, ?, ?)";
static const char sql_alert_over[] = "DELETE FROM alert WHERE kind = ? AND subject = ?";
static const char sql_alert_expire[] = "DELETE FROM alert WHERE at < ? LIMIT 5000";
static const char sql_take[] =
    "SELECT id, at, lead_id, sale_id, sale_state, lead_state, alert, data FROM outbox ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED";
static const char sql_depth[] = "SELECT COUNT(*), MIN(o.at) FROM (SELECT at FROM outbox ORDER BY id LIMIT ?) o";
static const char sql_drop[] = "DELETE FROM outbox WHERE id = ?";

/* Of what HEX() gave. */
static unsigned hex_digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'A' + 10);
}

int outbox_add(struct db *db, struct id lead_id, struct id sale_id, int sale_state, int64_t now, struct err *e)
{
	if (db_exec(db, sql_add,
		DB_ARGS(DB_T(now), id_is_zero(sale_id) ? DB_N() : DB_ID(sale_id), sale_state == 0 ? DB_N() : DB_I(sale_state), DB_ID(lead_id)),
		NULL, e) != 0)
		return -1;
	return db_exec(db, sql_tell, DB_ARGS(DB_ID(lead_id)), NULL, e);
}

struct raise {
	const char *kind;
	struct str subject, span, data;
	int64_t now;
};

static int write_alert(struct db *db, void *ctx, struct err *e)
{
	const struct raise *r = ctx;
	uint64_t is_new;

	if (db_exec(db, sql_span, DB_ARGS(DB_S(str_of(r->kind)), DB_S(r->subject), DB_S(r->span), DB_T(r->now)), &is_new, e) != 0)
		return -1;
	if (is_new == 0)
		return 1;
	return db_exec(db, sql_alert, DB_ARGS(DB_T(r->now), DB_S(str_of(r->kind)), DB_S(r->data)), NULL, e);
}

enum found outbox_alert(struct db *db, const char *kind, struct str subject, struct str span, struct str data, int64_t now, struct err *e)
{
	struct raise r = { kind, subject, span, data, now };
	int result = db_in_transaction(db) ? write_alert(db, &r, e) : db_transact(db, write_alert, &r, e);

	return result == -1 ? FOUND_ERR : result == 1 ? FOUND_NO : FOUND_YES;
}

int outbox_alert_over(struct db *db, const char *kind, struct str subject, struct err *e)
{
	return db_exec(db, sql_alert_over, DB_ARGS(DB_S(str_of(kind)), DB_S(subject)), NULL, e);
}

int outbox_alert_expire(struct db *db, int64_t before, uint64_t *dropped_out, struct err *e)
{
	return db_exec(db, sql_alert_expire, DB_ARGS(DB_T(before)), dropped_out, e);
}

bool outbox_sale_state(struct str sales, size_t i, struct id *id_out, int *state_out)
{
	const char *p = sales.p + i * SALE_TEXT;

	if (sales.n < (i + 1) * SALE_TEXT)
		return false;
	for (size_t k = 0; k < sizeof(id_out->b); k++)
		id_out->b[k] = (uint8_t)(hex_digit(p[2 * k]) << 4 | hex_digit(p[2 * k + 1]));
	*state_out = p[SALE_TEXT - 1] - '0';
	return true;
}

static struct str text_of(const struct db_col *c)
{
	return c->null ? (struct str){ NULL, 0 } : c->s;
}

int outbox_take(struct db *db, struct arena *a, int limit, struct outbox_row **out, size_t *n_out, struct err *e)
{
	struct db_rows rows;

	if (db_query(db, a, sql_take, DB_ARGS(DB_I(limit)), &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct outbox_row);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct outbox_row){ .id = (uint64_t)c[0].i, .at = c[1].i, .lead_id = db_id(&c[2]), .sale_id = db_id(&c[3]),
			.sale_state = c[4].null ? 0 : (int)c[4].i, .lead_state = c[5].null ? 0 : (int)c[5].i, .alert = text_of(&c[6]),
			.data = text_of(&c[7]) };
	}
	return 0;
}

int outbox_drop(struct db *db, uint64_t id, struct err *e)
{
	return db_exec(db, sql_drop, DB_ARGS(DB_I(id)), NULL, e);
}

int outbox_depth(struct db *db, struct arena *a, int64_t *rows_out, int64_t *oldest_at_out, struct err *e)
{
	struct db_rows rows;
	const struct db_col *c;

	if (db_query(db, a, sql_depth, DB_ARGS(DB_I(OUTBOX_COUNTED)), &rows, e) != 0)
		return -1;
	c = db_at(&rows, 0, 0);
	*rows_out = c[0].i;
	*oldest_at_out = c[1].null ? 0 : c[1].i;
	return 0;
}
