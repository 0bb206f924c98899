#include "lib/store/click.h"

#define COLUMNS \
	"id, channel_id, campaign_id, created_at, cost, currency, sub1, sub2, sub3, sub4, sub5, gclid, fbclid, msclkid," \
	" utm_source, utm_medium, utm_campaign, utm_term, utm_content"

enum { FIRST_SUB = 6, FIRST_ID = FIRST_SUB + CLICK_SUBS, FIRST_UTM = FIRST_ID + CLICK_IDS, CLICK_COLUMNS = FIRST_UTM + CLICK_UTMS };

static const char sql_insert[] =
    "INSERT INTO click (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char sql_find[] = "SELECT " COLUMNS " FROM click WHERE id = ?";
static const char sql_spend[] =
    "INSERT INTO spend (channel_id, campaign_id, day, amount, currency, clicks, updated_at, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE campaign_id = VALUES(campaign_id), amount = VALUES(amount), currency = VALUES(currency), clicks = VALUES(clicks),"
    " updated_at = VALUES(updated_at), actor = VALUES(actor)";

static struct db_arg text_or_null(struct str s)
{
	return s.p == NULL ? DB_N() : DB_S(s);
}

int click_store_insert(struct db *db, const struct click *c, struct err *e)
{
	struct db_arg args[CLICK_COLUMNS] = {
		DB_ID(c->id), DB_I(c->channel_id), DB_I(c->campaign_id), DB_T(c->created_at), DB_M(c->cost), DB_S(str_of(c->currency)),
	};

	for (int i = 0; i < CLICK_SUBS; i++)
		args[FIRST_SUB + i] = DB_S(c->subs[i]);
	for (int i = 0; i < CLICK_IDS; i++)
		args[FIRST_ID + i] = text_or_null(c->ids[i]);
	for (int i = 0; i < CLICK_UTMS; i++)
		args[FIRST_UTM + i] = text_or_null(c->utms[i]);
	return db_exec(db, sql_insert, args, CLICK_COLUMNS, NULL, e);
}

enum found click_store_find(struct db *db, struct arena *a, struct id id, struct click *out, struct err *e)
{
	struct db_rows rows;
	enum found found = db_find(db, a, sql_find, DB_ARGS(DB_ID(id)), &rows, e);
	const struct db_col *c = rows.list;

	if (found != FOUND_YES)
		return found;
	*out = (struct click){ .id = db_id(&c[0]), .channel_id = (uint32_t)c[1].i, .campaign_id = (uint32_t)c[2].i, .created_at = c[3].i,
		.cost = c[4].i };
	memcpy(out->currency, c[5].s.p, c[5].s.n < sizeof(out->currency) ? c[5].s.n : sizeof(out->currency) - 1);
	for (int i = 0; i < CLICK_SUBS; i++)
		out->subs[i] = c[FIRST_SUB + i].s;
	for (int i = 0; i < CLICK_IDS; i++)
		out->ids[i] = c[FIRST_ID + i].s;
	for (int i = 0; i < CLICK_UTMS; i++)
		out->utms[i] = c[FIRST_UTM + i].s;
	return FOUND_YES;
}

int spend_store_put(struct db *db, const struct spend *s, struct err *e)
{
	return db_exec(db, sql_spend,
	    DB_ARGS(DB_I(s->channel_id), DB_I(s->campaign_id), DB_S(s->day), DB_M(s->amount), DB_S(str_of(s->currency)), s->clicks < 0 ? DB_N() : DB_I(s->clicks),
		DB_T(s->updated_at), DB_S(s->actor)),
	    NULL, e);
}
