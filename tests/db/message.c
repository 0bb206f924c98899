/*
 * store/outbox and store/message: an event commits with its change or not at all; a message is one runner's at a time, keeps its order
 * within an endpoint, and believes its newest holder alone.
 */
#include "lib/store/message.h"
#include "lib/store/outbox.h"
#include "tests/db/cases.h"

#define SECOND INT64_C(1000000)
#define START (INT64_C(1790000000) * SECOND)
#define LEASE (60 * SECOND)

struct fixture {
	struct db *db, *other;
	struct arena *a;
	struct err e;
	uint32_t house, fast;
};

static struct id thing(int i)
{
	return (struct id){ { [15] = (uint8_t)i } };
}

static void start(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->db = connected("stored");
	f->other = connected("stored");
	f->a = arena_new(16 << 20);
	run_sql(f->db, "DELETE FROM outbox; DELETE FROM alert; DELETE FROM webhook_endpoint; DELETE FROM webhook_delivery;"
		       " DELETE FROM webhook_attempt; DELETE FROM `lead`");
	ck_assert_good(message_endpoint(f->db, ENDPOINT_SELLER, STR("house"), &f->house, &f->e), f->e);
	ck_assert_good(message_endpoint(f->db, ENDPOINT_CONTRACT, STR("house"), &f->fast, &f->e), f->e);
}

static void end(struct fixture *f)
{
	run_sql(f->db, "DELETE FROM `lead`");
	db_close(&f->db);
	db_close(&f->other);
	arena_free(&f->a);
}

static void add(struct fixture *f, int i, uint32_t endpoint, uint32_t contract, int64_t at)
{
	struct message_row m = { .id = thing(i), .endpoint_id = endpoint, .type = STR("lead.sold"), .lead_id = thing(100), .sale_id = thing(200),
		.contract_id = contract, .body = STR("{}"), .created_at = at, .next_at = at };

	ck_assert_good(message_insert(f->db, &m, &f->e), f->e);
}

static size_t take(struct fixture *f, struct db *db, uint32_t endpoint, int limit, int64_t now, int lease, struct message_row **out)
{
	struct message_claim c = { .endpoint_id = endpoint, .now = now, .until = now + LEASE, .lease = thing(lease), .limit = limit };
	size_t n;

	ck_assert_good(message_take(db, f->a, &c, out, &n, &f->e), f->e);
	return n;
}

static struct message_row found(struct fixture *f, int i)
{
	struct message_row m;

	ck_assert_int_eq(message_find(f->db, f->a, thing(i), &m, &f->e), FOUND_YES);
	return m;
}

START_TEST(endpoints_are_made_once)
{
	struct endpoint_row *list;
	struct fixture f;
	uint32_t again;
	size_t n;

	start(&f);
	ck_assert_good(message_endpoint(f.other, ENDPOINT_SELLER, STR("house"), &again, &f.e), f.e);
	ck_assert_uint_eq(again, f.house);
	ck_assert_uint_ne(f.house, f.fast);
	add(&f, 1, f.house, 0, START);
	ck_assert_good(message_endpoints(f.db, f.a, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 2);
	ck_assert(list[0].kind == ENDPOINT_SELLER && str_is(list[0].owner, "house") && list[0].waiting == 1 && list[1].waiting == 0);
	end(&f);
}
END_TEST

START_TEST(taken_in_order_by_one)
{
	struct message_row *mine, *theirs;
	struct endpoint_row *due;
	struct fixture f;
	size_t n;

	start(&f);
	for (int i = 1; i <= 3; i++)
		add(&f, i, f.house, 0, START + i * SECOND);
	ck_assert_good(message_due(f.db, f.a, START, &due, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(take(&f, f.db, f.house, 9, START, 50, &mine), 0);
	ck_assert_good(message_due(f.db, f.a, START + 2 * SECOND, &due, &n, &f.e), f.e);
	ck_assert(n == 1 && due[0].id == f.house);
	ck_assert_uint_eq(take(&f, f.db, f.house, 1, START + 2 * SECOND, 50, &mine), 1);
	ck_assert(id_eq(mine[0].id, thing(1)) && mine[0].step == 1 && mine[0].attempts == 1 && id_eq(mine[0].lease, thing(50)));
	ck_assert(id_eq(mine[0].lead_id, thing(100)) && id_eq(mine[0].sale_id, thing(200)) && str_is(mine[0].owner, "house"));
	ck_assert_uint_eq(take(&f, f.other, f.house, 9, START + 2 * SECOND, 51, &theirs), 1);
	ck_assert(id_eq(theirs[0].id, thing(2)));
	ck_assert_uint_eq(take(&f, f.other, f.house, 9, START + 2 * SECOND, 52, &theirs), 0);
	end(&f);
}
END_TEST

/* What another runner is taking right now is passed over, never waited for. */
START_TEST(locked_is_skipped)
{
	struct message_row *mine;
	struct fixture f;

	start(&f);
	add(&f, 1, f.house, 0, START);
	add(&f, 2, f.house, 0, START + SECOND);
	ck_assert_good(db_begin(f.other, &f.e), f.e);
	run_sql(f.other, "UPDATE webhook_delivery SET attempts = 0 WHERE next_at = FROM_UNIXTIME(1790000000)");
	ck_assert_uint_eq(take(&f, f.db, f.house, 9, START + 2 * SECOND, 50, &mine), 1);
	db_rollback(f.other);
	end(&f);
}
END_TEST

/* A runner that was paused beyond its lease: the message is another's, and only the log of attempts keeps what the first one says. */
START_TEST(paused_beyond_its_lease)
{
	struct message_result good = { .state = MESSAGE_DELIVERED, .at = START + LEASE + SECOND, .ms = 9, .status = 200 };
	struct message_result bad = { .state = MESSAGE_WAITING, .next_at = START + 9 * LEASE, .at = START + LEASE + 2 * SECOND, .ms = 3, .status = 500,
		.error = STR("answered 500") };
	struct message_row *first, *second;
	struct message_attempt *log;
	struct fixture f;
	size_t n;

	start(&f);
	add(&f, 1, f.house, 0, START);
	ck_assert_uint_eq(take(&f, f.db, f.house, 9, START, 50, &first), 1);
	ck_assert_uint_eq(take(&f, f.other, f.house, 9, START + LEASE - 1, 51, &second), 0);
	ck_assert_uint_eq(take(&f, f.other, f.house, 9, START + LEASE, 51, &second), 1);
	ck_assert_int_eq(second[0].step, 2);
	ck_assert_good(message_record(f.db, &first[0], &good, &f.e), f.e);
	ck_assert_int_eq(found(&f, 1).state, MESSAGE_WAITING);
	ck_assert_good(message_record(f.other, &second[0], &bad, &f.e), f.e);
	ck_assert(found(&f, 1).state == MESSAGE_WAITING && found(&f, 1).next_at == START + 9 * LEASE && found(&f, 1).last_status == 500);
	ck_assert(id_is_zero(found(&f, 1).lease) && found(&f, 1).done_at == 0);
	ck_assert_good(message_attempts(f.db, f.a, thing(1), &log, &n, &f.e), f.e);
	ck_assert(n == 2 && log[0].status == 200 && log[1].status == 500 && str_is(log[1].error, "answered 500"));
	end(&f);
}
END_TEST

START_TEST(an_endpoints_record)
{
	struct message_result bad = { .state = MESSAGE_WAITING, .next_at = START, .at = START, .ms = 3, .error = STR("no answer in time") };
	struct message_result good = { .state = MESSAGE_DELIVERED, .at = START, .ms = 9, .status = 204 };
	struct message_row *mine;
	struct endpoint_row *list;
	struct fixture f;
	size_t n;

	start(&f);
	add(&f, 1, f.house, 0, START);
	for (int i = 1; i <= 3; i++) {
		ck_assert_uint_eq(take(&f, f.db, f.house, 9, START, 50 + i, &mine), 1);
		ck_assert_good(message_record(f.db, &mine[0], &bad, &f.e), f.e);
		ck_assert_int_eq(number(f.db, "SELECT MAX(failing) FROM webhook_endpoint"), i);
	}
	ck_assert_int_eq(message_disable(f.db, f.house, STR("it answered 410 Gone"), START, &f.e), FOUND_YES);
	ck_assert_int_eq(message_disable(f.db, f.house, STR("again"), START, &f.e), FOUND_NO);
	ck_assert_good(message_due(f.db, f.a, START + SECOND, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(message_enable(f.db, ENDPOINT_SELLER, STR("nobody"), &f.e), FOUND_NO);
	ck_assert_int_eq(message_enable(f.db, ENDPOINT_SELLER, STR("house"), &f.e), FOUND_YES);
	ck_assert_good(message_due(f.db, f.a, START + SECOND, &list, &n, &f.e), f.e);
	ck_assert(n == 1 && list[0].failing == 0 && list[0].reason.p == NULL);
	ck_assert_uint_eq(take(&f, f.db, f.house, 9, START, 60, &mine), 1);
	ck_assert_good(message_record(f.db, &mine[0], &good, &f.e), f.e);
	ck_assert_int_eq(found(&f, 1).state, MESSAGE_DELIVERED);
	ck_assert_int_eq(found(&f, 1).done_at, START);
	ck_assert_int_eq(message_resend(f.db, thing(1), START + SECOND, &f.e), FOUND_YES);
	ck_assert(found(&f, 1).state == MESSAGE_WAITING && found(&f, 1).step == 0 && found(&f, 1).attempts == 4 && found(&f, 1).done_at == 0);
	end(&f);
}
END_TEST

/* Runners that die with a message in hand, again and again, and a reader that counts no further: it is taken all the same. */
START_TEST(taken_however_often)
{
	struct message_result gone = { .state = MESSAGE_FAILED, .at = START, .error = STR("the seller has no webhook any more"), .nobody = true };
	struct message_row *mine;
	struct fixture f;

	start(&f);
	add(&f, 1, f.house, 0, START);
	run_sql(f.db, "UPDATE webhook_delivery SET step = 249, attempts = 64999");
	for (int i = 0; i < 8; i++)
		ck_assert_uint_eq(take(&f, f.db, f.house, 9, START + i * LEASE, 50 + i, &mine), 1);
	run_sql(f.db, "UPDATE webhook_endpoint SET failing = 2");
	ck_assert_good(message_record(f.db, &mine[0], &gone, &f.e), f.e);
	ck_assert_int_eq(found(&f, 1).state, MESSAGE_FAILED);
	ck_assert_int_eq(number(f.db, "SELECT MAX(failing) FROM webhook_endpoint"), 2);
	end(&f);
}
END_TEST

/* A loss notice is out of the queue before it is sent, is there once for a contract and a lead, and is never sent again. */
START_TEST(at_most_once)
{
	struct message_row m = { .id = thing(2), .type = STR("loss_notice"), .lead_id = thing(100), .contract_id = 7, .body = STR("") }, *mine;
	struct message_result good = { .state = MESSAGE_DELIVERED, .at = START + SECOND, .ms = 9, .status = 200 };
	struct fixture f;

	start(&f);
	add(&f, 1, f.fast, 7, START);
	m.endpoint_id = f.fast;
	ck_assert_int_eq(message_insert(f.db, &m, &f.e), -1);
	ck_assert_int_eq(f.e.kind, ERR_DB_DUPLICATE);
	ck_assert_uint_eq(take(&f, f.db, f.fast, 9, START, 50, &mine), 1);
	ck_assert(found(&f, 1).state == MESSAGE_FAILED && found(&f, 1).done_at == START);
	ck_assert_uint_eq(take(&f, f.other, f.fast, 9, START + 2 * LEASE, 51, &mine), 0);
	ck_assert_int_eq(message_resend(f.db, thing(1), START, &f.e), FOUND_NO);
	m = found(&f, 1);
	ck_assert_good(message_record(f.db, &m, &good, &f.e), f.e);
	ck_assert(found(&f, 1).state == MESSAGE_DELIVERED && found(&f, 1).last_error.p == NULL);
	end(&f);
}
END_TEST

START_TEST(what_has_ended_goes)
{
	struct fixture f;
	uint64_t n;

	start(&f);
	for (int i = 1; i <= 3; i++)
		add(&f, i, f.house, 0, START);
	run_sql(f.db, "UPDATE webhook_delivery SET state = 2, done_at = FROM_UNIXTIME(1790000000) WHERE id = UNHEX('00000000000000000000000000000001');"
		      " INSERT INTO webhook_attempt (delivery_id, n, at, ms) SELECT id, 1, created_at, 5 FROM webhook_delivery");
	ck_assert_good(message_give_up(f.db, f.a, START, START + SECOND, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 0);
	ck_assert_good(message_expire(f.db, START, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 0);
	ck_assert_good(message_expire(f.db, START + 1, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM webhook_attempt"), 2);
	ck_assert_good(message_give_up(f.db, f.a, START + 1, START + 5 * SECOND, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 2);
	ck_assert(found(&f, 2).state == MESSAGE_FAILED && found(&f, 2).done_at == START + 5 * SECOND);
	end(&f);
}
END_TEST

START_TEST(listed)
{
	struct message_filter filter = { .kind = ENDPOINT_SELLER, .owner = STR("house"), .limit = 2 };
	struct message_row *list;
	struct fixture f;
	size_t n;

	start(&f);
	for (int i = 1; i <= 4; i++)
		add(&f, i, i == 3 ? f.fast : f.house, 0, START);
	ck_assert_good(message_list(f.db, f.a, &filter, &list, &n, &f.e), f.e);
	ck_assert(n == 2 && id_eq(list[0].id, thing(4)) && id_eq(list[1].id, thing(2)));
	filter.before = list[1].id;
	ck_assert_good(message_list(f.db, f.a, &filter, &list, &n, &f.e), f.e);
	ck_assert(n == 1 && id_eq(list[0].id, thing(1)));
	filter = (struct message_filter){ .state = MESSAGE_DELIVERED, .limit = 9 };
	ck_assert_good(message_list(f.db, f.a, &filter, &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 0);
	filter = (struct message_filter){ .lead_id = thing(100), .before = thing(4), .limit = 9 };
	ck_assert_good(message_list(f.db, f.a, &filter, &list, &n, &f.e), f.e);
	ck_assert(n == 3 && id_eq(list[0].id, thing(3)));
	end(&f);
}
END_TEST

static void add_lead(struct fixture *f)
{
	struct lead_row lead = { .id = thing(1), .ping_id = thing(2), .seller_id = 1, .campaign_id = 1, .version = 1, .state = LEAD_POSTING,
		.score = -1, .created_at = START, .updated_at = START, .deadline_at = START, .max_sales = 1, .sub1 = STR(""), .sub2 = STR(""),
		.lead = STR("{}"), .source = STR("{}") };

	ck_assert_good(lead_store_insert(f->db, &lead, &f->e), f->e);
}

/* Only another state than the one last told is news, whatever happened in between, and what is rolled back is told of by nobody. */
START_TEST(news_of_a_lead)
{
	static const struct {
		int state, sale;   /* of the lead; of a sale, 0: none */
		int news;          /* what is told of the lead; 0: nothing */
	} steps[] = {
		{ LEAD_POSTING, SALE_REJECTED, 0 }, { LEAD_PENDING, SALE_PENDING, LEAD_PENDING }, { LEAD_PENDING, 0, 0 },
		{ LEAD_SOLD, SALE_ACCEPTED, LEAD_SOLD }, { LEAD_SOLD, SALE_CONVERTED, 0 }, { LEAD_UNSOLD, SALE_REJECTED, LEAD_UNSOLD },
		{ LEAD_SOLD, SALE_ACCEPTED, LEAD_SOLD }, { LEAD_REJECTED, 0, 0 },
	};
	struct outbox_row *rows;
	struct fixture f;
	size_t n;
	int64_t depth, since;

	start(&f);
	add_lead(&f);
	ck_assert_good(outbox_depth(f.db, f.a, &depth, &since, &f.e), f.e);
	ck_assert(depth == 0 && since == 0);
	for (int i = 0; i < N_OF(steps); i++) {
		struct err e;

		ck_assert_good(db_begin(f.db, &e), e);
		ck_assert_good(db_exec(f.db, "UPDATE `lead` SET state = ?", DB_ARGS(DB_I(steps[i].state)), NULL, &e), e);
		ck_assert_good(outbox_add(f.db, thing(1), steps[i].sale != 0 ? thing(3) : thing(0), steps[i].sale, START + i, &e), e);
		ck_assert_good(db_commit(f.db, &e), e);
	}
	ck_assert_good(db_begin(f.db, &f.e), f.e);
	ck_assert_good(outbox_add(f.db, thing(1), thing(3), SALE_RETURNED, START, &f.e), f.e);
	db_rollback(f.db);
	ck_assert_good(db_begin(f.db, &f.e), f.e);
	ck_assert_good(outbox_take(f.db, f.a, 100, &rows, &n, &f.e), f.e);
	ck_assert_uint_eq(n, N_OF(steps));
	for (int i = 0; i < N_OF(steps); i++) {
		ck_assert_msg(rows[i].lead_state == steps[i].news && rows[i].sale_state == steps[i].sale && rows[i].at == START + i,
		    "step %d: lead %d, sale %d", i, rows[i].lead_state, rows[i].sale_state);
		ck_assert(id_eq(rows[i].lead_id, thing(1)) && id_is_zero(rows[i].sale_id) == (steps[i].sale == 0) && rows[i].alert.p == NULL);
	}
	ck_assert_good(db_begin(f.other, &f.e), f.e);
	ck_assert_good(outbox_take(f.other, f.a, 100, &rows, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 0);
	db_rollback(f.other);
	/* What somebody works on waits too. */
	ck_assert_good(outbox_depth(f.other, f.a, &depth, &since, &f.e), f.e);
	ck_assert(depth == N_OF(steps) && since == START);
	db_rollback(f.db);
	end(&f);
}
END_TEST

/* A buyer that tells of a sale again and again fills no reader's memory with it. */
START_TEST(a_leads_story_is_bounded)
{
	struct sale_event *list;
	struct fixture f;
	size_t n;

	start(&f);
	run_sql(f.db, "INSERT INTO sale_event (lead_id, sale_id, at, kind, detail, actor) SELECT UNHEX(LPAD('1', 32, '0')), UNHEX(LPAD('3', 32, '0')), NOW(6),"
		      " CONCAT('contacted ', seq), REPEAT('x', 255), 'buyer:acme' FROM seq_1_to_60000 ORDER BY seq");
	ck_assert_good(sale_event_list(f.db, f.a, thing(1), &list, &n, &f.e), f.e);
	ck_assert_uint_eq(n, SALE_EVENTS_MAX);
	ck_assert(str_is(list[0].kind, "contacted 1") && str_is(list[n - 1].kind, "contacted 1000"));
	run_sql(f.db, "TRUNCATE sale_event");
	end(&f);
}
END_TEST

/* News of a lead says how its sales stood: what changes before it is told of belongs to another row. */
START_TEST(sales_as_they_stood)
{
	struct outbox_row *rows;
	struct fixture f;
	struct id id;
	size_t n;
	int state;

	start(&f);
	add_lead(&f);
	run_sql(f.db, "DELETE FROM sale; UPDATE `lead` SET state = 2;"
		      " INSERT INTO sale (id, lead_id, bid_id, contract_id, buyer_id, seller_id, campaign_id, sandbox, kind, state, cost, price, currency,"
		      " created_at, updated_at) SELECT UNHEX(REPEAT('aF', 16)), id, id, 1, 1, 1, 1, 0, 0, 4, 1, 1, 'USD', created_at, created_at FROM `lead`");
	ck_assert_good(outbox_add(f.db, thing(1), thing(0), 0, START, &f.e), f.e);
	run_sql(f.db, "UPDATE sale SET state = 3");
	ck_assert_good(outbox_take(f.db, f.a, 9, &rows, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 1);
	ck_assert(outbox_sale_state(rows[0].data, 0, &id, &state) && state == SALE_REJECTED);
	for (size_t i = 0; i < sizeof(id.b); i++)
		ck_assert_uint_eq(id.b[i], 0xaf);
	ck_assert(!outbox_sale_state(rows[0].data, 1, &id, &state));
	run_sql(f.db, "DELETE FROM sale");
	end(&f);
}
END_TEST

START_TEST(alerts_are_raised_once)
{
	struct outbox_row *rows;
	struct fixture f;
	uint64_t dropped;
	size_t n;

	start(&f);
	ck_assert_int_eq(outbox_alert(f.db, "cap.near", STR("contract:a"), STR("one"), STR("{\"x\":1}"), START, &f.e), FOUND_YES);
	ck_assert_int_eq(outbox_alert(f.other, "cap.near", STR("contract:a"), STR("one"), STR("{}"), START, &f.e), FOUND_NO);
	ck_assert_int_eq(outbox_alert(f.db, "cap.near", STR("contract:a"), STR("two"), STR("{}"), START, &f.e), FOUND_YES);
	ck_assert_int_eq(outbox_alert(f.db, "funds.low", STR("contract:a"), STR("one"), STR("{}"), START, &f.e), FOUND_YES);
	ck_assert_good(outbox_alert_over(f.db, "cap.near", STR("contract:a"), &f.e), f.e);
	ck_assert_int_eq(outbox_alert(f.db, "cap.near", STR("contract:a"), STR("one"), STR("{}"), START + 1, &f.e), FOUND_YES);
	ck_assert_good(db_begin(f.db, &f.e), f.e);
	ck_assert_int_eq(outbox_alert(f.db, "cap.near", STR("contract:b"), STR("one"), STR("{}"), START, &f.e), FOUND_YES);
	db_rollback(f.db);
	ck_assert_good(outbox_take(f.db, f.a, 100, &rows, &n, &f.e), f.e);
	ck_assert_uint_eq(n, 4);
	ck_assert(str_is(rows[0].alert, "cap.near") && str_is(rows[0].data, "{\"x\":1}") && id_is_zero(rows[0].lead_id));
	ck_assert_good(outbox_drop(f.db, rows[0].id, &f.e), f.e);
	ck_assert_int_eq(number(f.db, "SELECT COUNT(*) FROM outbox"), 3);
	ck_assert_good(outbox_alert_expire(f.db, START + 1, &dropped, &f.e), f.e);
	ck_assert_uint_eq(dropped, 1);
	end(&f);
}
END_TEST

TCase *cases_message(void)
{
	TCase *tc = tcase_create("message");

	tcase_add_test(tc, endpoints_are_made_once);
	tcase_add_test(tc, taken_in_order_by_one);
	tcase_add_test(tc, locked_is_skipped);
	tcase_add_test(tc, paused_beyond_its_lease);
	tcase_add_test(tc, an_endpoints_record);
	tcase_add_test(tc, taken_however_often);
	tcase_add_test(tc, at_most_once);
	tcase_add_test(tc, what_has_ended_goes);
	tcase_add_test(tc, listed);
	tcase_add_test(tc, news_of_a_lead);
	tcase_add_test(tc, a_leads_story_is_bounded);
	tcase_add_test(tc, sales_as_they_stood);
	tcase_add_test(tc, alerts_are_raised_once);
	return tc;
}
