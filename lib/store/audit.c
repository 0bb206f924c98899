#include "lib/store/audit.h"

#include "lib/base/clock.h"
#include "lib/base/utf8.h"

enum { ACTOR_MAX = 120, OBJECT_MAX = 120, DETAIL_MAX = 500 };

static const char sql_insert[] = "INSERT INTO audit (at, actor, action, object, detail) VALUES (?, ?, ?, ?, ?)";

int audit_add(struct db *db, struct str actor, const char *action, struct str object, struct str detail, struct err *e)
{
	return db_exec(db, sql_insert,
	    DB_ARGS(DB_T(clock_wall_us()), DB_S(utf8_slice(actor, 0, ACTOR_MAX)), DB_S(str_of(action)), DB_S(utf8_slice(object, 0, OBJECT_MAX)),
		detail.n > 0 ? DB_S(utf8_slice(detail, 0, DETAIL_MAX)) : DB_N()),
	    NULL, e);
}
