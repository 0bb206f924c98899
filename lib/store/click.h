/*
 * store/click: clicks on channels' links, and what was spent on a channel, day by day.
 */
#ifndef GAVEL_STORE_CLICK_H
#define GAVEL_STORE_CLICK_H

#include "lib/db/db.h"

enum { CLICK_SUBS = 5, CLICK_IDS = 3, CLICK_UTMS = 5, CLICK_SUB_MAX = 128, CLICK_ID_MAX = 255 };

struct click {
	struct id id;
	uint32_t channel_id, campaign_id;
	int64_t created_at;
	int64_t cost;                   /* of a channel that is paid by click; else 0 */
	char currency[4];
	struct str subs[CLICK_SUBS];    /* s1 to s5; empty: not given. At most CLICK_SUB_MAX characters */
	struct str ids[CLICK_IDS];      /* gclid, fbclid, msclkid; p NULL: not given. At most CLICK_ID_MAX characters */
	struct str utms[CLICK_UTMS];    /* utm_source, medium, campaign, term, content; likewise, at most CLICK_SUB_MAX characters */
};

int click_store_insert(struct db *db, const struct click *c, struct err *e);
enum found click_store_find(struct db *db, struct arena *a, struct id id, struct click *out, struct err *e);

struct spend {
	uint32_t channel_id, campaign_id; /* the campaign that the channel is of by now */
	struct str day;                 /* YYYY-MM-DD */
	int64_t amount;
	char currency[4];
	int64_t clicks;                 /* -1: not told */
	int64_t updated_at;
	struct str actor;
};

/* In the place of what was told before of that channel and day. */
int spend_store_put(struct db *db, const struct spend *s, struct err *e);

#endif
