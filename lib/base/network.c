#include <arpa/inet.h>
#include <string.h>

#include "lib/base/network.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool network_is_v4(const uint8_t address[NETWORK_ADDRESS])
{
	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

void network_from_v4(const void *four, uint8_t out[NETWORK_ADDRESS])
{
	memcpy(out, mapped, sizeof(mapped));
	memcpy(out + sizeof(mapped), four, 4);
}

bool network_address(struct str text, uint8_t out[NETWORK_ADDRESS])
{
	char buf[INET6_ADDRSTRLEN];
	uint8_t four[4];

	if (text.n == 0 || text.n >= sizeof(buf) || memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(buf, text.p, text.n);
	buf[text.n] = '\0';
	if (inet_pton(AF_INET, buf, four) == 1) {
		network_from_v4(four, out);
		return true;
	}
	return inet_pton(AF_INET6, buf, out) == 1;
}

bool network_holds(const struct network *n, const uint8_t address[NETWORK_ADDRESS])
{
	size_t whole = (size_t)n->bits / 8;
	int rest = n->bits % 8;

	if (memcmp(n->address, address, whole) != 0)
		return false;
	return rest == 0 || ((n->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

bool networks_hold(const struct networks *n, const uint8_t address[NETWORK_ADDRESS])
{
	for (size_t i = 0; i < n->n; i++)
		if (network_holds(&n->list[i], address))
			return true;
	return false;
}

static bool parse_network(struct str text, struct network *out)
{
	struct str address = text;
	const char *slash = memchr(text.p, '/', text.n);
	int64_t bits = -1;
	int most;

	if (slash != NULL) {
		address.n = (size_t)(slash - text.p);
		if (!str_to_i64((struct str){ slash + 1, text.n - address.n - 1 }, &bits) || bits < 0)
			return false;
	}
	if (!network_address(address, out->address))
		return false;
	most = network_is_v4(out->address) && memchr(address.p, ':', address.n) == NULL ? 32 : 128;
	if (bits > most)
		return false;
	out->bits = bits < 0 ? 128 : (int)bits + 128 - most;
	return true;
}

int networks_parse(struct arena *a, struct str text, struct networks *out, struct err *e)
{
	size_t most = 1, from = 0;

	*out = (struct networks){ 0 };
	if (text.n == 0)
		return 0;
	for (size_t i = 0; i < text.n; i++)
		most += text.p[i] == ',' || text.p[i] == ' ';
	*out = (struct networks){ arena_array_of(a, most, struct network), 0 };
	for (size_t i = 0; i <= text.n; i++) {
		struct str part = { text.p + from, i - from };

		if (i < text.n && text.p[i] != ',' && text.p[i] != ' ')
			continue;
		from = i + 1;
		if (part.n == 0)
			continue;
		if (!parse_network(part, &out->list[out->n]))
			return err_set(e, ERR_CONFIG, "'%.*s' is not a network such as 10.0.0.0/8 or fd00::/8", STR_ARG(part));
		out->n++;
	}
	return 0;
}
