#include "fcgi-app/app.h"

#include <arpa/inet.h>
#include <string.h>

static struct str presented_key(const struct req *q)
{
	struct str bearer = req_header(q, "authorization"), scheme, rest = bearer;

	if (bearer.n == 0)
		return req_header(q, "x-api-key");
	if (!str_split(&rest, ' ', &scheme) || !str_eq_nocase(scheme, STR("bearer")))
		return STR("");
	return str_trim(rest);
}

bool auth_is_loopback(struct str address)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	if (address.n == 0 || address.n >= sizeof(text))
		return false;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	if (inet_pton(AF_INET, text, &four) == 1)
		return (ntohl(four.s_addr) >> 24) == 127;
	if (inet_pton(AF_INET6, text, &six) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

static int check_key(struct app *app, const struct req *q, struct caller *caller, struct err *e)
{
	struct str text = presented_key(q), id;
	const struct api_key *key;
	uint8_t hash[SHA256_SIZE];
	bool sandbox;

	if (text.n == 0)
		return err_set(e, ERR_UNAUTHORIZED, "an API key is needed: Authorization: Bearer gvk_live_... or X-Api-Key");
	if (!api_key_parse(text, &id, &sandbox))
		return err_set(e, ERR_UNAUTHORIZED, "the API key is not well-formed");
	key = map_get(caller->snapshot->keys, id);
	api_key_hash(&app->keys, text, hash);
	if (key == NULL || key->sandbox != sandbox ||
	    !crypt_same((struct str){ (const char *)hash, sizeof(hash) }, (struct str){ (const char *)key->hash, sizeof(key->hash) }))
		return err_set(e, ERR_UNAUTHORIZED, "the API key is not known");
	if (key->must_sign)
		return err_set(e, ERR_UNAUTHORIZED, "this key must sign its requests");
	caller->key = key;
	caller->seller = key->seller;
	caller->sandbox = key->sandbox;
	if (key->seller != NULL)
		caller->owner = arena_printf(q->arena, "seller:%u%s", key->seller->id, key->sandbox ? ":test" : "");
	else
		caller->owner = arena_printf(q->arena, "key:%s", key->id);
	return 0;
}

/*
 * A scraper comes straight to us, from a network that is allowed. What came through a proxy is for whoever asked that proxy, and what it
 * says of itself in a header is nobody's word.
 */
static int check_metrics(const struct app *app, const struct req *q, struct err *e)
{
	uint8_t address[NETWORK_ADDRESS];

	if (req_header(q, "x-forwarded-for").n == 0 && req_header(q, "forwarded").n == 0 && network_address(q->remote_addr, address) &&
	    networks_hold(&app->metrics_allow, address))
		return 0;
	return err_set(e, ERR_FORBIDDEN, "this address answers the networks that [web] metrics_allow names, directly");
}

int auth_check(struct app *app, const struct route *route, const struct req *q, struct caller *caller, struct err *e)
{
	if (route->auth == AUTH_NONE)
		return 0;
	if (route->auth == AUTH_LOOPBACK)
		return auth_is_loopback(q->remote_addr) ? 0 : err_set(e, ERR_FORBIDDEN, "this address answers loopback only");
	if (route->auth == AUTH_METRICS)
		return check_metrics(app, q, e);
	if (route->auth == AUTH_SESSION)
		return app->check_session(app, q, caller, e);
	if (check_key(app, q, caller, e) != 0) {
		e->code = "auth_failed";
		return -1;
	}
	if (route->scopes != 0 && (caller->key->scopes & route->scopes) == 0)
		return err_set(e, ERR_FORBIDDEN, "the key's scopes do not allow this");
	if (route->auth == AUTH_OPERATOR && caller->seller != NULL)
		return err_set(e, ERR_FORBIDDEN, "an operator's key is needed");
	return 0;
}
