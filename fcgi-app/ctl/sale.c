/*
 * gavelctl sale and return: sales whose outcome nobody else can tell, buyers' wishes to give sales back, and how often each buyer changes its mind.
 */
#include <stdio.h>
#include <string.h>

#include "fcgi-app/ctl/commands.h"
#include "fcgi-app/ctl/ctl.h"
#include "fcgi-app/ctl/table.h"
#include "lib/base/clock.h"
#include "lib/base/money.h"
#include "lib/catalog/snapshot.h"
#include "lib/exchange/operator.h"
#include "lib/exchange/returns.h"
#include "lib/wire/json.h"

enum { LIST_MAX = 1000, REASON_MAX = 255, DAYS_DEFAULT = 30, DAYS_MAX = 3650, OUT_MAX = 16 << 20 };

#define DAY_US (INT64_C(86400) * 1000000)

/* A connection and, for their keys, the configuration in force. */
static int open_both(struct ctl *c, struct db **db, struct snapshot **snap)
{
	struct keyring keys;
	struct err e = { 0 };

	if (ctl_keys(c, &keys) != 0 || ctl_db(c, false, db) != 0)
		return -1;
	if (snapshot_load(*db, &keys, snap, &e) == 0)
		return 0;
	db_close(db);
	ctl_refuse("%s", e.msg);
	return -1;
}

static struct str buyer_key(const struct snapshot *s, uint32_t id)
{
	const struct buyer *b = catalog_buyer(s->catalog, id);

	return b != NULL ? b->key : STR("-");
}

int ctl_sale_settle(struct ctl *c, int argc, char **argv)
{
	const char *reason = ctl_option(&argc, argv, "reason");
	struct operator_word w = { .reason = str_of(reason != NULL ? reason : ""), .actor = ctl_actor(c), .now = clock_wall_us() };
	struct snapshot *snap = NULL;
	enum sale_state state;
	struct db *db = NULL;
	struct err e = { 0 };
	int r;

	if (argc != 2)
		return CTL_USAGE;
	if (strcmp(argv[1], "accepted") != 0 && strcmp(argv[1], "rejected") != 0)
		return ctl_wrong("a sale is settled as accepted or rejected, not %s", argv[1]);
	if (w.reason.n == 0)
		return ctl_wrong("--reason says why: it stands in the audit");
	if (!id_parse("sal", str_of(argv[0]), &w.sale_id))
		return ctl_refuse("%s is no sale's id: sal_ and 26 characters", argv[0]);
	if (w.reason.n > REASON_MAX)
		return ctl_refuse("--reason has at most %d bytes", REASON_MAX);
	w.accepted = argv[1][0] == 'a';
	if (open_both(c, &db, &snap) != 0)
		return CTL_REFUSED;
	w.catalog = snap->catalog;
	r = operator_settle(db, c->arena, &w, &state, &e);
	snapshot_give(&snap);
	db_close(&db);
	if (r != 0)
		return ctl_refuse("%s: %s", argv[0], e.msg);
	puts(sale_state_name(state));
	return CTL_DONE;
}

static struct json_out json_begin(struct ctl *c, struct buf *b)
{
	struct json_out j;

	buf_in(b, c->arena, OUT_MAX);
	j = json_out(b);
	json_open(&j, NULL, '[');
	return j;
}

static void json_end(struct json_out *j, struct buf *b)
{
	json_close(j, ']');
	printf("%.*s\n", STR_ARG(buf_str(b)));
}

static void print_pending(struct ctl *c, const struct snapshot *snap, const struct sale_row *rows, size_t n)
{
	struct buf b;
	struct json_out j;

	if (!c->json) {
		printf("%-30s  %-30s  %-20s  %10s  %s\n", "SALE", "LEAD", "BUYER", "PRICE", "SINCE");
		for (size_t i = 0; i < n; i++)
			printf("%-30.*s  %-30.*s  %-20.*s  %10.*s  %.*s\n", STR_ARG(id_text(c->arena, "sal", rows[i].id)),
			    STR_ARG(id_text(c->arena, "led", rows[i].lead_id)), STR_ARG(buyer_key(snap, rows[i].buyer_id)),
			    STR_ARG(money_text(c->arena, rows[i].cost)), STR_ARG(clock_rfc3339_ms(c->arena, rows[i].created_at)));
		return;
	}
	j = json_begin(c, &b);
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "sale_id", id_text(c->arena, "sal", rows[i].id));
		json_text(&j, "lead_id", id_text(c->arena, "led", rows[i].lead_id));
		json_text(&j, "buyer", buyer_key(snap, rows[i].buyer_id));
		json_money(&j, "price", rows[i].cost);
		json_text(&j, "currency", str_of(rows[i].currency));
		json_text(&j, "since", clock_rfc3339_ms(c->arena, rows[i].created_at));
		json_close(&j, '}');
	}
	json_end(&j, &b);
}

int ctl_sale_unknown(struct ctl *c, int argc, char **argv)
{
	struct snapshot *snap = NULL;
	struct sale_row *rows;
	struct db *db = NULL;
	struct err e = { 0 };
	size_t n;
	int r;

	(void)argv;
	if (argc != 0)
		return CTL_USAGE;
	if (open_both(c, &db, &snap) != 0)
		return CTL_REFUSED;
	r = sale_store_pending(db, c->arena, LIST_MAX, &rows, &n, &e);
	if (r == 0)
		print_pending(c, snap, rows, n);
	snapshot_give(&snap);
	db_close(&db);
	return r == 0 ? CTL_DONE : ctl_refuse("%s", e.msg);
}

static void print_declines(struct ctl *c, const struct snapshot *snap, const struct sale_declines *rows, size_t n)
{
	struct buf b;
	struct json_out j;

	if (!c->json) {
		printf("%-20s  %9s  %9s  %7s  %9s\n", "BUYER", "ACCEPTED", "DECLINED", "RATE", "RETURNED");
		for (size_t i = 0; i < n; i++)
			printf("%-20.*s  %9lld  %9lld  %5lld.%lld%%  %9lld\n", STR_ARG(buyer_key(snap, rows[i].buyer_id)), (long long)rows[i].taken,
			    (long long)rows[i].declined, (long long)(rows[i].declined * 100 / rows[i].taken),
			    (long long)(rows[i].declined * 1000 / rows[i].taken % 10), (long long)rows[i].returned);
		return;
	}
	j = json_begin(c, &b);
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "buyer", buyer_key(snap, rows[i].buyer_id));
		json_int(&j, "accepted", rows[i].taken);
		json_int(&j, "declined", rows[i].declined);
		json_int(&j, "returned", rows[i].returned);
		json_close(&j, '}');
	}
	json_end(&j, &b);
}

int ctl_sale_declines(struct ctl *c, int argc, char **argv)
{
	const char *days = ctl_option(&argc, argv, "days");
	int64_t n_days = DAYS_DEFAULT;
	struct snapshot *snap = NULL;
	struct sale_declines *rows;
	struct db *db = NULL;
	struct err e = { 0 };
	size_t n;
	int r;

	if (argc != 0)
		return CTL_USAGE;
	if (days != NULL && (!str_to_i64(str_of(days), &n_days) || n_days < 1 || n_days > DAYS_MAX))
		return ctl_wrong("--days is a number from 1 to %d, not %s", DAYS_MAX, days);
	if (open_both(c, &db, &snap) != 0)
		return CTL_REFUSED;
	r = sale_store_declines(db, c->arena, clock_wall_us() - n_days * DAY_US, &rows, &n, &e);
	if (r == 0)
		print_declines(c, snap, rows, n);
	snapshot_give(&snap);
	db_close(&db);
	return r == 0 ? CTL_DONE : ctl_refuse("%s", e.msg);
}

static int decide(struct ctl *c, int argc, char **argv, bool approve)
{
	const char *reason = ctl_option(&argc, argv, "reason");
	struct return_decision d = { .approve = approve, .note = str_of(reason != NULL ? reason : ""), .actor = ctl_actor(c),
		.now = clock_wall_us() };
	struct return_row row;
	struct db *db = NULL;
	struct err e = { 0 };
	int r;

	if (argc != 1)
		return CTL_USAGE;
	if (!id_parse("ret", str_of(argv[0]), &d.id))
		return ctl_refuse("%s is no return's id: ret_ and 26 characters", argv[0]);
	if (d.note.n > REASON_MAX)
		return ctl_refuse("--reason has at most %d bytes", REASON_MAX);
	if (ctl_db(c, false, &db) != 0)
		return CTL_REFUSED;
	r = returns_decide(db, c->arena, &d, &row, &e);
	db_close(&db);
	if (r != 0)
		return ctl_refuse("%s: %s", argv[0], e.msg);
	puts(return_state_name(row.state));
	return CTL_DONE;
}

int ctl_return_approve(struct ctl *c, int argc, char **argv)
{
	return decide(c, argc, argv, true);
}

int ctl_return_deny(struct ctl *c, int argc, char **argv)
{
	return decide(c, argc, argv, false);
}

static void print_returns(struct ctl *c, const struct snapshot *snap, const struct return_row *rows, size_t n)
{
	struct buf b;
	struct json_out j;

	if (!c->json) {
		printf("%-30s  %-30s  %-20s  %-24s  %s\n", "RETURN", "SALE", "BUYER", "REQUESTED", "REASON");
		for (size_t i = 0; i < n; i++)
			printf("%-30.*s  %-30.*s  %-20.*s  %-24.*s  %.*s\n", STR_ARG(id_text(c->arena, "ret", rows[i].id)),
			    STR_ARG(id_text(c->arena, "sal", rows[i].sale_id)), STR_ARG(buyer_key(snap, rows[i].buyer_id)),
			    STR_ARG(clock_rfc3339_ms(c->arena, rows[i].requested_at)), STR_ARG(ctl_plain(c->arena, rows[i].reason)));
		return;
	}
	j = json_begin(c, &b);
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_text(&j, "return_id", id_text(c->arena, "ret", rows[i].id));
		json_text(&j, "sale_id", id_text(c->arena, "sal", rows[i].sale_id));
		json_text(&j, "lead_id", id_text(c->arena, "led", rows[i].lead_id));
		json_text(&j, "buyer", buyer_key(snap, rows[i].buyer_id));
		json_cstr(&j, "status", return_state_name(rows[i].state));
		json_text(&j, "reason", rows[i].reason);
		json_text(&j, "requested_at", clock_rfc3339_ms(c->arena, rows[i].requested_at));
		json_close(&j, '}');
	}
	json_end(&j, &b);
}

int ctl_return_list(struct ctl *c, int argc, char **argv)
{
	const char *asked = ctl_option(&argc, argv, "status");
	enum return_state state = RETURN_REQUESTED;
	struct snapshot *snap = NULL;
	struct return_row *rows;
	struct db *db = NULL;
	struct err e = { 0 };
	size_t n;
	int r;

	while (asked != NULL && state < RETURN__N && strcmp(return_state_name(state), asked) != 0)
		state++;
	if (argc != 0)
		return CTL_USAGE;
	if (state >= RETURN__N)
		return ctl_wrong("no return is %s", asked);
	if (open_both(c, &db, &snap) != 0)
		return CTL_REFUSED;
	r = return_request_list(db, c->arena, state, LIST_MAX, &rows, &n, &e);
	if (r == 0)
		print_returns(c, snap, rows, n);
	snapshot_give(&snap);
	db_close(&db);
	return r == 0 ? CTL_DONE : ctl_refuse("%s", e.msg);
}
