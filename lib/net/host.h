/*
 * host: the places that are called, each with the addresses it may be reached at. The net thread alone touches them.
 *
 * A name's addresses are asked for in the background and kept: a minute as fresh, an hour more while a new answer is on its way or
 * does not come (a dead name server must not stop what works), and a name that failed is asked again after some seconds. Each answer
 * is filtered; what is left is pinned, so that libcurl never asks and a name can't flip to an address inside.
 */
#ifndef GAVEL_NET_HOST_H
#define GAVEL_NET_HOST_H

#include <curl/curl.h>
#include <sys/queue.h>

#include "lib/net/resolve.h"
#include "lib/net/url.h"

struct call;
TAILQ_HEAD(call_list, call);

enum host_state { HOST_READY, HOST_ASKING, HOST_REFUSED, HOST_NOWHERE };

struct host {
	struct host *next;           /* in its bucket */
	uint64_t hash;
	struct url_place place;
	enum host_state state;       /* of a literal address for ever; of a name as of the last answer */
	const char *why;             /* HOST_REFUSED */
	bool asking;                 /* the resolver has it */
	int64_t fresh_until_us, stale_until_us;
	int users;                   /* calls that point here */
	int64_t used_us;
	struct call_list waiting;    /* for the first answer */
	struct curl_slist *pin;      /* "name:port:address,address"; NULL for a literal */
	unsigned pin_number;         /* from 1, a new one for each pin */
	bool pin_loaded;             /* libcurl's cache holds this pin: calls need not bring it */
	size_t origin_n;
	char origin[];
};

enum { HOST_BUCKETS = 1024, HOSTS_MAX = 4096 };

struct hosts {
	struct host *buckets[HOST_BUCKETS];
	size_t n;
	const struct networks *allow;
	struct resolver *resolver;
};

/* The host of an origin, made when it is new. */
struct host *host_find(struct hosts *all, struct str origin, uint64_t hash, int64_t now_us);
/* May it be called now? Asks for addresses when it is time to. */
enum host_state host_check(struct hosts *all, struct host *h, int64_t now_us);
/* Takes the resolver's answer in. */
void host_answered(struct hosts *all, struct host *h, const struct resolve_answer *answer, int64_t now_us);
void host_free_all(struct hosts *all);

#endif
