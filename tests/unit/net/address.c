#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/net/address.h"
#include "tests/unit/net/suites.h"

static const struct {
	const char *address;
	bool public;
} addresses[] = {
	{ "8.8.8.8", true }, { "1.1.1.1", true }, { "93.184.216.34", true }, { "223.255.255.255", true },
	{ "0.0.0.0", false }, { "0.1.2.3", false },
	{ "10.0.0.1", false }, { "10.255.255.255", false }, { "9.255.255.255", true }, { "11.0.0.0", true },
	{ "100.63.255.255", true }, { "100.64.0.0", false }, { "100.100.100.200", false }, { "100.127.255.255", false }, { "100.128.0.0", true },
	{ "127.0.0.1", false }, { "127.255.255.254", false }, { "126.255.255.255", true }, { "128.0.0.1", true },
	{ "169.254.169.254", false }, { "169.254.0.1", false }, { "169.253.255.255", true }, { "169.255.0.0", true },
	{ "172.15.255.255", true }, { "172.16.0.0", false }, { "172.31.255.255", false }, { "172.32.0.0", true },
	{ "192.0.0.1", false }, { "192.0.1.0", true }, { "192.0.2.1", false }, { "192.88.99.1", false },
	{ "192.167.255.255", true }, { "192.168.0.0", false }, { "192.168.255.255", false }, { "192.169.0.0", true },
	{ "198.17.255.255", true }, { "198.18.0.0", false }, { "198.19.255.255", false }, { "198.20.0.0", true },
	{ "198.51.100.7", false }, { "203.0.113.7", false }, { "203.0.114.0", true },
	{ "224.0.0.1", false }, { "239.255.255.250", false }, { "240.0.0.1", false }, { "255.255.255.255", false },
	{ "168.63.129.16", false }, { "168.63.129.17", true },
	{ "::", false }, { "::1", false }, { "::7f00:1", false },
	{ "::ffff:127.0.0.1", false }, { "::ffff:8.8.8.8", true }, { "::ffff:169.254.169.254", false },
	{ "64:ff9b::8.8.8.8", true }, { "64:ff9b::10.0.0.1", false }, { "64:ff9b::169.254.169.254", false }, { "64:ff9b:1::8.8.8.8", false },
	{ "2606:4700:4700::1111", true }, { "2a00:1450:4001::8", true }, { "3fff::1", false }, { "3ffe::1", true },
	{ "2001::1", false }, { "2001:1ff:ffff::1", false }, { "2001:200::1", true }, { "2001:db8::1", false }, { "2002:7f00:1::", false },
	{ "fc00::1", false }, { "fd00:ec2::254", false }, { "fdff::1", false }, { "fe80::1", false }, { "febf::1", false },
	{ "fec0::1", false }, { "ff02::1", false }, { "100::1", false }, { "4000::1", false },
};

START_TEST(public_or_not)
{
	uint8_t address[NETWORK_ADDRESS];

	ck_assert(network_address(str_of(addresses[_i].address), address));
	ck_assert_msg(address_public(address) == addresses[_i].public, "%s", addresses[_i].address);
}
END_TEST

static const struct {
	const char *allow, *address;
	bool plain, allowed;
} allowances[] = {
	{ "", "8.8.8.8", false, true },
	{ "", "8.8.8.8", true, false },
	{ "", "127.0.0.1", false, false },
	{ "127.0.0.0/8", "127.0.0.1", false, true },
	{ "127.0.0.0/8", "127.0.0.1", true, true },
	{ "127.0.0.0/8", "::ffff:127.0.0.1", true, true },
	{ "127.0.0.0/8", "::1", true, false },
	{ "127.0.0.0/8", "8.8.8.8", true, false },
	{ "10.1.0.0/16, fd00::/8", "10.1.255.255", false, true },
	{ "10.1.0.0/16, fd00::/8", "10.2.0.0", false, false },
	{ "10.1.0.0/16, fd00::/8", "fd12::1", false, true },
	{ "10.1.2.3", "10.1.2.3", false, true },
	{ "10.1.2.3", "10.1.2.2", false, false },
	{ "8.8.8.8", "8.8.8.8", true, true },
	{ "::1/128", "::1", true, true },
	{ "::/0", "127.0.0.1", true, true },
	{ "0.0.0.0/0", "10.1.2.3", true, true },
	{ "0.0.0.0/0", "fd00::1", true, false },
	{ "172.16.0.0/13", "172.23.255.255", true, true },
	{ "172.16.0.0/13", "172.24.0.0", true, false },
};

START_TEST(allowed_or_not)
{
	struct arena *a = arena_new(65536);
	uint8_t address[NETWORK_ADDRESS];
	struct networks allow;
	struct err e;

	ck_assert_int_eq(networks_parse(a, str_of(allowances[_i].allow), &allow, &e), 0);
	ck_assert(network_address(str_of(allowances[_i].address), address));
	ck_assert_msg(address_allowed(&allow, address, allowances[_i].plain) == allowances[_i].allowed, "%d: %s in %s", _i,
	    allowances[_i].address, allowances[_i].allow);
	arena_free(&a);
}
END_TEST

static const char *const no_networks[] = {
	"10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "fd00::/129", "localhost", "300.1.1.1", "[::1]", "::1%lo",
	"10.0.0.1/8/8", "0x7f.1", "127.0.0.0/8, nonsense",
};

START_TEST(refuses_networks)
{
	struct arena *a = arena_new(65536);
	struct networks allow;
	struct err e;

	ck_assert_int_eq(networks_parse(a, str_of(no_networks[_i]), &allow, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	arena_free(&a);
}
END_TEST

START_TEST(reads_sockaddrs)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	struct sockaddr other = { .sa_family = AF_UNIX };
	uint8_t got[NETWORK_ADDRESS], want[NETWORK_ADDRESS];

	ck_assert(address_of((struct sockaddr *)&v4, got));
	ck_assert(network_address(STR("127.0.0.1"), want));
	ck_assert_mem_eq(got, want, sizeof(got));
	ck_assert(address_of((struct sockaddr *)&v6, got));
	ck_assert(network_address(STR("::1"), want));
	ck_assert_mem_eq(got, want, sizeof(got));
	ck_assert(!address_of(&other, got));
}
END_TEST

TCase *address_cases(void)
{
	TCase *tc = tcase_create("address");

	tcase_add_loop_test(tc, public_or_not, 0, N_OF(addresses));
	tcase_add_loop_test(tc, allowed_or_not, 0, N_OF(allowances));
	tcase_add_loop_test(tc, refuses_networks, 0, N_OF(no_networks));
	tcase_add_test(tc, reads_sockaddrs);
	return tc;
}
