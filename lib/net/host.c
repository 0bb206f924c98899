#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/net/address.h"
#include "lib/net/host.h"

#define SECONDS(n) ((int64_t)(n) * 1000000)

enum { FRESH_S = 60, STALE_S = 3600, FAILED_S = 5, IDLE_S = 600, PINS = 2 };

static const char not_allowed[] = "the address is not public, nor in allow_networks";
static const char not_plain[] = "plain http goes to allow_networks only";

static void drop_pin(struct host *h)
{
	if (h->pin == NULL)
		return;
	free(h->pin->data);
	free(h->pin);
	h->pin = NULL;
}

static void host_free(struct host *h)
{
	drop_pin(h);
	free(h);
}

void host_free_all(struct hosts *all)
{
	for (size_t i = 0; i < HOST_BUCKETS; i++)
		while (all->buckets[i] != NULL) {
			struct host *h = all->buckets[i];

			all->buckets[i] = h->next;
			host_free(h);
		}
	all->n = 0;
}

/* Customers' URLs come and go: a full table forgets what nobody has called for a while, or else whatever is not in use. */
static void make_room(struct hosts *all, int64_t idle_since_us)
{
	for (size_t i = 0; i < HOST_BUCKETS; i++)
		for (struct host **at = &all->buckets[i]; *at != NULL;) {
			struct host *h = *at;

			if (h->users > 0 || h->asking || h->used_us >= idle_since_us) {
				at = &h->next;
				continue;
			}
			*at = h->next;
			host_free(h);
			all->n--;
		}
}

static void judge_literal(const struct hosts *all, struct host *h)
{
	if (address_allowed(all->allow, h->place.address, h->place.plain)) {
		h->state = HOST_READY;
		return;
	}
	h->state = HOST_REFUSED;
	h->why = h->place.plain && address_public(h->place.address) ? not_plain : not_allowed;
}

static struct host *host_new(struct hosts *all, struct str origin, uint64_t hash)
{
	struct host *h = calloc(1, sizeof(*h) + origin.n + 1);

	if (h == NULL)
		log_die("out of memory");
	TAILQ_INIT(&h->waiting);
	h->hash = hash;
	h->origin_n = origin.n;
	memcpy(h->origin, origin.p, origin.n);
	if (!url_place(origin, &h->place, &h->why)) {
		h->state = HOST_REFUSED;
		h->place.literal = true; /* nothing to ask for */
	} else if (h->place.literal) {
		judge_literal(all, h);
	} else {
		h->state = HOST_ASKING;
	}
	return h;
}

struct host *host_find(struct hosts *all, struct str origin, uint64_t hash, int64_t now_us)
{
	struct host **bucket = &all->buckets[hash % HOST_BUCKETS], *h;

	for (h = *bucket; h != NULL; h = h->next)
		if (h->hash == hash && str_eq((struct str){ h->origin, h->origin_n }, origin))
			break;
	if (h == NULL) {
		if (all->n >= HOSTS_MAX)
			make_room(all, now_us - SECONDS(IDLE_S));
		if (all->n >= HOSTS_MAX)
			make_room(all, now_us);
		h = host_new(all, origin, hash);
		h->next = *bucket;
		*bucket = h;
		all->n++;
	}
	h->used_us = now_us;
	return h;
}

static void ask(struct hosts *all, struct host *h, int64_t now_us)
{
	if (h->asking)
		return;
	if (resolve_ask(all->resolver, h->place.name, h) == 0)
		h->asking = true;
	else if (h->state == HOST_ASKING) /* the queue is full: as good as no answer, for a moment */
		h->stale_until_us = now_us;
}

enum host_state host_check(struct hosts *all, struct host *h, int64_t now_us)
{
	if (h->place.literal || now_us < h->fresh_until_us)
		return h->state;
	ask(all, h, now_us);
	if (now_us < h->stale_until_us)
		return h->state;
	return h->asking ? HOST_ASKING : HOST_NOWHERE;
}

static void pin(struct host *h, char addresses[][INET6_ADDRSTRLEN], int n)
{
	char text[sizeof(h->place.name) + sizeof(h->place.port) + PINS * (INET6_ADDRSTRLEN + 1) + 2];
	int at = snprintf(text, sizeof(text), "%s:%s:", h->place.name, h->place.port);

	for (int i = 0; i < n; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%s%s", i > 0 ? "," : "", addresses[i]);
	if (h->pin != NULL && strcmp(h->pin->data, text) == 0)
		return;
	drop_pin(h);
	h->pin = calloc(1, sizeof(*h->pin));
	if (h->pin == NULL || (h->pin->data = strdup(text)) == NULL)
		log_die("out of memory");
	h->pin_number++;
	h->pin_loaded = false;
}

static int allowed_addresses(const struct hosts *all, const struct host *h, const struct resolve_answer *answer,
    char texts[PINS][INET6_ADDRSTRLEN])
{
	int n = 0;

	for (int i = 0; i < answer->n && n < PINS; i++) {
		const uint8_t *address = answer->addresses[i];

		if (!address_allowed(all->allow, address, h->place.plain))
			continue;
		if (network_is_v4(address))
			inet_ntop(AF_INET, address + 12, texts[n], INET6_ADDRSTRLEN);
		else
			inet_ntop(AF_INET6, address, texts[n], INET6_ADDRSTRLEN);
		n++;
	}
	return n;
}

void host_answered(struct hosts *all, struct host *h, const struct resolve_answer *answer, int64_t now_us)
{
	char texts[PINS][INET6_ADDRSTRLEN];
	int n = allowed_addresses(all, h, answer, texts);

	h->asking = false;
	if (n > 0) {
		pin(h, texts, n);
		h->state = HOST_READY;
		h->fresh_until_us = now_us + SECONDS(FRESH_S);
		h->stale_until_us = now_us + SECONDS(STALE_S);
		return;
	}
	h->fresh_until_us = now_us + SECONDS(FAILED_S);
	if (answer->n == 0 && h->state == HOST_READY && now_us < h->stale_until_us)
		return; /* no answer: the last good one goes on */
	h->state = answer->n > 0 ? HOST_REFUSED : HOST_NOWHERE;
	h->why = not_allowed;
	h->stale_until_us = h->fresh_until_us;
}
