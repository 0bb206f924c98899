#include <netinet/in.h>
#include <string.h>

#include "lib/net/address.h"

#define V4(a, b, c, d, bits) { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b), (c), (d) }, 96 + (bits) }

/* IANA's special-purpose registry for IPv4, multicast and the reserved rest; then the one metadata service on a public address. */
static const struct network not_public_v4[] = {
	V4(0, 0, 0, 0, 8),
	V4(10, 0, 0, 0, 8),
	V4(100, 64, 0, 0, 10),
	V4(127, 0, 0, 0, 8),
	V4(169, 254, 0, 0, 16),
	V4(172, 16, 0, 0, 12),
	V4(192, 0, 0, 0, 24),
	V4(192, 0, 2, 0, 24),
	V4(192, 88, 99, 0, 24),
	V4(192, 168, 0, 0, 16),
	V4(198, 18, 0, 0, 15),
	V4(198, 51, 100, 0, 24),
	V4(203, 0, 113, 0, 24),
	V4(224, 0, 0, 0, 4),
	V4(240, 0, 0, 0, 4),
	V4(168, 63, 129, 16, 32),
};

/* Within 2000::/3, all of IPv6 that is routed: protocol assignments (Teredo among them), documentation, and 6to4. */
static const struct network not_public_v6[] = {
	{ { 0x20, 0x01 }, 23 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
	{ { 0x20, 0x02 }, 16 },
	{ { 0x3f, 0xff }, 20 },
};

static const struct network routed_v6 = { { 0x20 }, 3 };
static const struct network nat64 = { { 0x00, 0x64, 0xff, 0x9b }, 96 };

static bool held(const struct network *list, size_t n, const uint8_t address[NETWORK_ADDRESS])
{
	return networks_hold(&(struct networks){ (struct network *)list, n }, address);
}

bool address_public(const uint8_t address[NETWORK_ADDRESS])
{
	uint8_t inner[NETWORK_ADDRESS];

	if (network_is_v4(address))
		return !held(not_public_v4, sizeof(not_public_v4) / sizeof(not_public_v4[0]), address);
	if (network_holds(&nat64, address)) {
		network_from_v4(address + 12, inner);
		return address_public(inner);
	}
	return network_holds(&routed_v6, address)
	    && !held(not_public_v6, sizeof(not_public_v6) / sizeof(not_public_v6[0]), address);
}

bool address_allowed(const struct networks *allow, const uint8_t address[NETWORK_ADDRESS], bool plain)
{
	return networks_hold(allow, address) || (!plain && address_public(address));
}

bool address_of(const struct sockaddr *sa, uint8_t out[NETWORK_ADDRESS])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		network_from_v4(&v4.sin_addr, out);
		return true;
	}
	if (sa->sa_family != AF_INET6)
		return false;
	memcpy(&v6, sa, sizeof(v6));
	memcpy(out, &v6.sin6_addr, NETWORK_ADDRESS);
	return true;
}
