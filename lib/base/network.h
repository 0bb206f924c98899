/*
 * network: lists of IP networks: who may be called, whose word is believed.
 *
 * An address is 16 bytes; IPv4 is held in its mapped form (::ffff:a.b.c.d). So one comparison serves both families, and a mapped
 * address can't pass for another one.
 */
#ifndef GAVEL_BASE_NETWORK_H
#define GAVEL_BASE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"

enum { NETWORK_ADDRESS = 16 };

struct network {
	uint8_t address[NETWORK_ADDRESS];
	int bits; /* of 128 */
};

struct networks {
	struct network *list;
	size_t n;
};

/* "127.0.0.0/8, 10.1.2.3, fd00::/8", by commas or spaces; an address alone is a network of one. ERR_CONFIG names the entry. */
int networks_parse(struct arena *a, struct str text, struct networks *out, struct err *e);
bool networks_hold(const struct networks *n, const uint8_t address[NETWORK_ADDRESS]);
bool network_holds(const struct network *n, const uint8_t address[NETWORK_ADDRESS]);
/* Four decimal numbers, or IPv6's text; no brackets, no zone, no port. */
bool network_address(struct str text, uint8_t out[NETWORK_ADDRESS]);
/* True for IPv4, however it was spelt. */
bool network_is_v4(const uint8_t address[NETWORK_ADDRESS]);
/* Makes an address of IPv4's four bytes. */
void network_from_v4(const void *four, uint8_t out[NETWORK_ADDRESS]);

#endif
