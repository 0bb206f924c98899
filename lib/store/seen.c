#include "lib/store/seen.h"

#include <stdlib.h>

enum { ARGS_OF_ONE = 5 };

#define EARLIER(by_phone, column) \
	"(SELECT " by_phone ", l.state, l.created_at, s.contract_id, s.created_at, d.state, s.state = 4 AND s.slot IS NOT NULL FROM `lead` l" \
	" LEFT JOIN sale s ON s.lead_id = l.id LEFT JOIN delivery d ON d.sale_id = s.id" \
	" WHERE l." column " = ? AND l.campaign_id = ? AND l.created_at > ? AND l.sandbox = ? AND l.id <> ?" \
	" ORDER BY l.created_at DESC LIMIT 200)"

static const char sql_find[] =
    EARLIER("1", "phone_index") " UNION ALL " EARLIER("1", "phone_md5_index") " UNION ALL " EARLIER("1", "phone_sha1_index")
    " UNION ALL " EARLIER("0", "email_index") " UNION ALL " EARLIER("0", "email_md5_index") " UNION ALL "
    EARLIER("0", "email_sha1_index");
static const char sql_hold[] = "INSERT INTO person_lock (bucket, held) VALUES (?, 1), (?, 1), (?, 1), (?, 1), (?, 1), (?, 1)"
    " ON DUPLICATE KEY UPDATE held = held + 1";

int seen_store_find(struct db *db, struct arena *a, const struct seen_query *q, struct seen **out, size_t *n_out, struct err *e)
{
	struct db_arg args[LEAD_BY__N * ARGS_OF_ONE];
	struct db_rows rows;
	bool any = false;

	for (int i = 0; i < LEAD_BY__N; i++) {
		const struct str index = q->person->index[i];
		const struct db_arg one[ARGS_OF_ONE] = { index.p == NULL ? DB_N() : DB_B(index.p, index.n), DB_I(q->campaign_id), DB_T(q->since),
			DB_I(q->sandbox), DB_ID(q->but) };

		memcpy(&args[i * ARGS_OF_ONE], one, sizeof(one));
		any |= index.p != NULL;
	}
	*out = NULL;
	*n_out = 0;
	if (!any)
		return 0;
	if (db_query(db, a, sql_find, args, LEAD_BY__N * ARGS_OF_ONE, &rows, e) != 0)
		return -1;
	*out = arena_array_of(a, rows.n, struct seen);
	*n_out = rows.n;
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_col *c = db_at(&rows, i, 0);

		(*out)[i] = (struct seen){ .by_phone = c[0].i != 0, .state = (enum lead_state)c[1].i, .at = c[2].i,
			.contract_id = c[3].null ? 0 : (uint32_t)c[3].i, .sent_at = c[4].null ? 0 : c[4].i,
			.delivery = c[5].null ? DELIVERY_NOT_SENT : (enum delivery_state)c[5].i, .lost = !c[6].null && c[6].i != 0 };
	}
	return 0;
}

static int by_number(const void *pa, const void *pb)
{
	const int *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

/*
 * A row for each digest: two copies of a person that any of them links share one. In the order of their numbers, so that two that hold the same
 * rows don't wait for each other; rows that are not needed repeat the last.
 */
int seen_store_hold(struct db *db, const struct lead_person *p, struct err *e)
{
	struct db_arg args[LEAD_BY__N];
	int buckets[LEAD_BY__N], n = 0;

	for (int i = 0; i < LEAD_BY__N; i++) {
		const struct str index = p->index[i];

		if (index.n >= 2)
			buckets[n++] = (uint8_t)index.p[0] << 8 | (uint8_t)index.p[1];
	}
	if (n == 0)
		return 0;
	qsort(buckets, (size_t)n, sizeof(buckets[0]), by_number);
	for (int i = 0; i < LEAD_BY__N; i++)
		args[i] = DB_I(buckets[i < n ? i : n - 1]);
	return db_exec(db, sql_hold, args, LEAD_BY__N, NULL, e);
}
