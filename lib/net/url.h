/*
 * url: the part of a URL that says where a call goes. The bytes are checked strictly first, so that we and libcurl can't read a
 * different host from them; then libcurl's own parser names the host, so that octal, hexadecimal and short forms of an address are
 * the address that they would reach.
 */
#ifndef GAVEL_NET_URL_H
#define GAVEL_NET_URL_H

#include "lib/base/network.h"

enum { URL_MAX = 8192, URL_ORIGIN_MAX = 300 };

/* A place to call: what stands before the path. */
struct url_place {
	char name[256];                   /* host as libcurl reads it; IPv6 without brackets */
	char port[6];
	bool plain;                       /* http */
	bool literal;                     /* the host is an address: */
	uint8_t address[NETWORK_ADDRESS];
};

/* One pass over the bytes: absolute http(s), a host, no user information, nothing but printable ASCII. origin_out borrows. */
bool url_scan(struct str url, struct str *origin_out, const char **why);
/* Reads an origin ("https://buyer.example:8443") that url_scan gave. */
bool url_place(struct str origin, struct url_place *out, const char **why);

#endif
