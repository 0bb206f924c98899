/*
 * address: which addresses a call may go to. A customer's URL must not reach into the operator's own network, so only what the
 * Internet routes is public; all else needs the operator's word (allow_networks).
 */
#ifndef GAVEL_NET_ADDRESS_H
#define GAVEL_NET_ADDRESS_H

#include <sys/socket.h>

#include "lib/base/network.h"

/* Routed on the Internet, and nobody's metadata service. An address that carries an IPv4 one inside is judged by that. */
bool address_public(const uint8_t address[NETWORK_ADDRESS]);
/* plain: over http, which goes to allow_networks alone. */
bool address_allowed(const struct networks *allow, const uint8_t address[NETWORK_ADDRESS], bool plain);
/* False when it is of another family than IPv4 or IPv6. */
bool address_of(const struct sockaddr *sa, uint8_t out[NETWORK_ADDRESS]);

#endif
