#include <stdio.h>
#include <stdlib.h>

#include "lib/net/call.h"
#include "lib/net/due.h"
#include "lib/net/host.h"
#include "tests/unit/net/suites.h"

#define S(n) ((int64_t)(n) * 1000000)

struct fixture {
	struct arena *arena;
	struct networks allow;
	struct hosts hosts;
};

static int find_nothing(void *ctx, const char *name, uint8_t addresses[NET_ADDRESSES][16])
{
	(void)ctx, (void)name, (void)addresses;
	return 0;
}

static void drop(void *to, struct resolve_answer *answer)
{
	(void)to;
	free(answer);
}

static void set_up(struct fixture *f, const char *allow)
{
	struct resolver_options o = { .threads = 1, .lookup = find_nothing, .sink = drop };
	struct err e;

	*f = (struct fixture){ .arena = arena_new(65536) };
	ck_assert_int_eq(networks_parse(f->arena, str_of(allow), &f->allow, &e), 0);
	f->hosts.allow = &f->allow;
	ck_assert_int_eq(resolve_open(&o, &f->hosts.resolver, &e), 0);
}

static void tear_down(struct fixture *f)
{
	host_free_all(&f->hosts);
	resolve_close(&f->hosts.resolver);
	arena_free(&f->arena);
}

static struct host *find(struct fixture *f, const char *origin, int64_t now_us)
{
	return host_find(&f->hosts, str_of(origin), str_hash(str_of(origin)), now_us);
}

static void answer(struct fixture *f, struct host *h, int64_t now_us, const char *a, const char *b, const char *c)
{
	const char *const texts[] = { a, b, c };
	struct resolve_answer got = { .n = 0 };

	for (int i = 0; i < 3 && texts[i] != NULL; i++)
		ck_assert(network_address(str_of(texts[i]), got.addresses[got.n++]));
	host_answered(&f->hosts, h, &got, now_us);
}

START_TEST(a_name_lives)
{
	struct fixture f;
	struct host *h;

	set_up(&f, "");
	h = find(&f, "https://buyer.example", S(1));
	ck_assert_ptr_eq(h, find(&f, "https://buyer.example", S(1)));
	ck_assert_ptr_ne(h, find(&f, "https://buyer.example:8443", S(1)));
	ck_assert_int_eq(host_check(&f.hosts, h, S(1)), HOST_ASKING);
	answer(&f, h, S(2), "93.184.216.34", "10.0.0.1", "2606:4700::1");
	ck_assert_int_eq(host_check(&f.hosts, h, S(2)), HOST_READY);
	ck_assert(!h->asking);
	ck_assert_str_eq(h->pin->data, "buyer.example:443:93.184.216.34,2606:4700::1");
	ck_assert_uint_eq(h->pin_number, 1);
	h->pin_loaded = true;
	ck_assert_int_eq(host_check(&f.hosts, h, S(61)), HOST_READY);
	ck_assert(!h->asking);
	/* stale: still good, and asked for again */
	ck_assert_int_eq(host_check(&f.hosts, h, S(63)), HOST_READY);
	ck_assert(h->asking);
	answer(&f, h, S(64), "93.184.216.34", "2606:4700::1", NULL);
	ck_assert(h->pin_loaded); /* the same addresses: nothing to load again */
	/* the name server is dead: what was known goes on for an hour */
	ck_assert_int_eq(host_check(&f.hosts, h, S(125)), HOST_READY);
	answer(&f, h, S(126), NULL, NULL, NULL);
	ck_assert_int_eq(host_check(&f.hosts, h, S(127)), HOST_READY);
	ck_assert(!h->asking);
	ck_assert_int_eq(host_check(&f.hosts, h, S(132)), HOST_READY);
	ck_assert(h->asking);
	answer(&f, h, S(3600), NULL, NULL, NULL);
	ck_assert_int_eq(host_check(&f.hosts, h, S(3666)), HOST_ASKING);
	answer(&f, h, S(3667), NULL, NULL, NULL);
	ck_assert_int_eq(host_check(&f.hosts, h, S(3668)), HOST_NOWHERE);
	ck_assert_int_eq(host_check(&f.hosts, h, S(3673)), HOST_ASKING);
	answer(&f, h, S(3674), "93.184.216.35", NULL, NULL);
	ck_assert_int_eq(host_check(&f.hosts, h, S(3675)), HOST_READY);
	ck_assert(!h->pin_loaded);
	ck_assert_uint_eq(h->pin_number, 2);
	tear_down(&f);
}
END_TEST

START_TEST(a_name_flips)
{
	struct fixture f;
	struct host *h;

	set_up(&f, "");
	h = find(&f, "https://rebind.example", S(1));
	ck_assert_int_eq(host_check(&f.hosts, h, S(1)), HOST_ASKING);
	answer(&f, h, S(1), "93.184.216.34", NULL, NULL);
	ck_assert_int_eq(host_check(&f.hosts, h, S(62)), HOST_READY);
	answer(&f, h, S(62), "169.254.169.254", "::ffff:10.0.0.1", "::1");
	ck_assert_int_eq(host_check(&f.hosts, h, S(63)), HOST_REFUSED);
	ck_assert_ptr_nonnull(h->why);
	tear_down(&f);
}
END_TEST

START_TEST(plain_http_stays_inside)
{
	struct fixture f;
	struct host *h;

	set_up(&f, "10.0.0.0/8");
	h = find(&f, "http://inside.example", S(1));
	ck_assert_int_eq(host_check(&f.hosts, h, S(1)), HOST_ASKING);
	answer(&f, h, S(1), "93.184.216.34", "10.0.0.1", NULL);
	ck_assert_int_eq(host_check(&f.hosts, h, S(1)), HOST_READY);
	ck_assert_str_eq(h->pin->data, "inside.example:80:10.0.0.1");
	h = find(&f, "http://outside.example", S(1));
	ck_assert_int_eq(host_check(&f.hosts, h, S(1)), HOST_ASKING);
	answer(&f, h, S(1), "93.184.216.34", NULL, NULL);
	ck_assert_int_eq(host_check(&f.hosts, h, S(1)), HOST_REFUSED);
	tear_down(&f);
}
END_TEST

START_TEST(literals_need_no_answer)
{
	struct fixture f;

	set_up(&f, "127.0.0.0/8");
	ck_assert_int_eq(host_check(&f.hosts, find(&f, "https://8.8.8.8", S(1)), S(1)), HOST_READY);
	ck_assert_int_eq(host_check(&f.hosts, find(&f, "http://8.8.8.8", S(1)), S(1)), HOST_REFUSED);
	ck_assert_int_eq(host_check(&f.hosts, find(&f, "http://127.1", S(1)), S(1)), HOST_READY);
	ck_assert_int_eq(host_check(&f.hosts, find(&f, "https://[::1]", S(1)), S(1)), HOST_REFUSED);
	ck_assert_int_eq(host_check(&f.hosts, find(&f, "https://h:99999", S(1)), S(1)), HOST_REFUSED);
	tear_down(&f);
}
END_TEST

START_TEST(a_full_table_forgets)
{
	struct fixture f;
	struct host *held;
	char origin[64];

	set_up(&f, "");
	held = find(&f, "https://8.8.8.8", S(1));
	held->users = 1;
	for (int i = 0; i < HOSTS_MAX * 2; i++) {
		snprintf(origin, sizeof(origin), "https://8.%d.%d.1", i / 250, i % 250);
		find(&f, origin, S(2) + i);
		ck_assert_uint_le(f.hosts.n, HOSTS_MAX + 1);
	}
	ck_assert_ptr_eq(held, find(&f, "https://8.8.8.8", S(3)));
	held->users = 0;
	tear_down(&f);
}
END_TEST

TCase *host_cases(void)
{
	TCase *tc = tcase_create("host");

	tcase_add_test(tc, a_name_lives);
	tcase_add_test(tc, a_name_flips);
	tcase_add_test(tc, plain_http_stays_inside);
	tcase_add_test(tc, literals_need_no_answer);
	tcase_add_test(tc, a_full_table_forgets);
	return tc;
}

/* Adds and removes in a scrambled order; what is left comes out in order. */
START_TEST(soonest_first)
{
	enum { N = 1000 };
	static struct call calls[N];
	struct due due = { 0 };
	int64_t before = -1;
	int left = 0;

	srand(7);
	for (int i = 0; i < N; i++) {
		calls[i].due_us = rand() % 500;
		due_add(&due, &calls[i]);
	}
	for (int i = 0; i < N; i += 3)
		due_remove(&due, &calls[i]);
	for (int i = 0; i < N; i += 3)
		due_remove(&due, &calls[i]); /* again: nothing happens */
	for (struct call *c; (c = due_first(&due)) != NULL; left++) {
		ck_assert_int_ge(c->due_us, before);
		before = c->due_us;
		due_remove(&due, c);
	}
	ck_assert_int_eq(left, N - (N + 2) / 3);
	due_free(&due);
}
END_TEST

TCase *due_cases(void)
{
	TCase *tc = tcase_create("due");

	tcase_add_test(tc, soonest_first);
	return tc;
}
