/*
 * The table of peers: an array of pointers, sorted by key, so that a rank is
 * an index and a look-up a binary search.
 *
 * Source: bitmarkd v8.2 announce/peer.go, announce/announcer.go
 */
#include <bitmarkpeer/announce.h>

#include <stdlib.h>
#include <string.h>

#include "record/keys.h"

/* Places that the array starts with. */
#define FIRST_CAPACITY 16

struct bitmark_announce {
	struct bitmark_env env;
	struct bitmark_peer **entries;  /* in the order of their keys       */
	size_t count;
	size_t capacity;                /* places in entries                */
	size_t peers_max;
	bool own_listed;                /* own_key has an entry             */
	uint8_t own_key[BITMARK_PEER_KEY_SIZE];
};

static bool
same_key(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, BITMARK_PEER_KEY_SIZE) == 0;
}

/* The rank that ${key} has, or would have; returns whether it is there. */
static bool
find(const struct bitmark_announce *a, const uint8_t *key, size_t *rank)
{
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(a->entries[middle]->key, key,
		    BITMARK_PEER_KEY_SIZE);

		if (order == 0) {
			*rank = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*rank = low;
	return false;
}

/* Make room for one more entry. */
static bitmark_status
reserve(struct bitmark_announce *a)
{
	size_t capacity = a->capacity == 0 ? FIRST_CAPACITY : a->capacity * 2;
	struct bitmark_peer **grown;

	if (a->count < a->capacity)
		return BITMARK_OK;
	grown = realloc(a->entries, capacity * sizeof *grown);
	if (grown == NULL)
		return BITMARK_E_NOMEM;
	a->entries = grown;
	a->capacity = capacity;
	return BITMARK_OK;
}

/* ${entry} is taken; there is room for it. */
static void
insert_at(struct bitmark_announce *a, size_t rank, struct bitmark_peer *entry)
{
	memmove(a->entries + rank + 1, a->entries + rank,
	    (a->count - rank) * sizeof *a->entries);
	a->entries[rank] = entry;
	a->count++;
}

/* The entry is the caller's again. */
static struct bitmark_peer *
take_out(struct bitmark_announce *a, size_t rank)
{
	struct bitmark_peer *entry = a->entries[rank];

	a->count--;
	memmove(a->entries + rank, a->entries + rank + 1,
	    (a->count - rank) * sizeof *a->entries);
	return entry;
}

static bool
is_own(const struct bitmark_announce *a, const struct bitmark_peer *entry)
{
	return a->own_listed && same_key(entry->key, a->own_key);
}

/* Rank of the entry heard of longest ago that is not our own; count: none. */
static size_t
oldest(const struct bitmark_announce *a)
{
	size_t rank = a->count;

	for (size_t i = 0; i < a->count; i++) {
		if (is_own(a, a->entries[i]))
			continue;
		if (rank == a->count ||
		    a->entries[i]->timestamp < a->entries[rank]->timestamp)
			rank = i;
	}
	return rank;
}

/*
 * Storage for one more entry: new, or that of the oldest when the table is
 * full.  ${*entry} NULL: nothing may be removed either.
 */
static bitmark_status
obtain(struct bitmark_announce *a, struct bitmark_peer **entry)
{
	size_t victim;
	bitmark_status status;

	*entry = NULL;
	if (a->count >= a->peers_max) {
		victim = oldest(a);
		if (victim < a->count)
			*entry = take_out(a, victim);
		return BITMARK_OK;
	}
	status = reserve(a);
	if (status != BITMARK_OK)
		return status;
	*entry = malloc(sizeof **entry);
	return *entry == NULL ? BITMARK_E_NOMEM : BITMARK_OK;
}

static void
set_entry(struct bitmark_peer *entry, struct bitmark_span connections,
    uint64_t timestamp)
{
	memcpy(entry->connections, connections.data, connections.size);
	entry->connections_size = connections.size;
	entry->timestamp = timestamp;
}

bitmark_status
bitmark_announce_new(struct bitmark_announce **announce,
    const struct bitmark_peer *own, size_t peers_max,
    const struct bitmark_env *env)
{
	struct bitmark_announce *a;

	*announce = NULL;
	if (own->connections_size > sizeof own->connections)
		return BITMARK_E_ARGUMENT;
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return BITMARK_E_NOMEM;
	a->peers_max = peers_max == 0 ? BITMARK_ANNOUNCE_PEERS_MAX : peers_max;
	if (env != NULL)
		a->env = *env;
	memcpy(a->own_key, own->key, sizeof a->own_key);
	if (own->connections_size != 0) {
		struct bitmark_peer *entry;

		if (obtain(a, &entry) != BITMARK_OK)
			goto free_announce;
		*entry = *own;
		insert_at(a, 0, entry);
		a->own_listed = true;
	}
	*announce = a;
	return BITMARK_OK;

free_announce:
	bitmark_announce_free(a);
	return BITMARK_E_NOMEM;
}

void
bitmark_announce_free(struct bitmark_announce *announce)
{
	if (announce == NULL)
		return;
	for (size_t i = 0; i < announce->count; i++)
		free(announce->entries[i]);
	free(announce->entries);
	free(announce);
}

/* What everybody can say is checked as if everybody lied [D-33, D-37]. */
static bitmark_status
check(const struct bitmark_announce *a, struct bitmark_span key,
    struct bitmark_span connections)
{
	static const uint8_t zero[BITMARK_PEER_KEY_SIZE];

	if (key.size != BITMARK_PEER_KEY_SIZE || same_key(key.data, zero) ||
	    same_key(key.data, a->own_key))
		return BITMARK_E_PUBLIC_KEY;
	if (!bitmark_connections_usable(connections.data, connections.size))
		return BITMARK_E_IP_ADDRESS;
	return BITMARK_OK;
}

/*
 * The time an announcement counts from.  v8.2 passes future times on
 * unchanged, which keeps dead peers in circulation [D-34].
 */
static bitmark_status
settle_time(uint64_t *timestamp, uint64_t now_s)
{
	if (*timestamp > now_s &&
	    *timestamp - now_s > BITMARK_ANNOUNCE_AHEAD_S)
		return BITMARK_E_TIMESTAMP;
	if (*timestamp == 0 || *timestamp > now_s)
		*timestamp = now_s;
	if (now_s - *timestamp >= BITMARK_ANNOUNCE_EXPIRY_S)
		return BITMARK_E_TIMESTAMP;
	return BITMARK_OK;
}

/* Younger than what is known by so much that it is worth passing on. */
static bool
is_news(const struct bitmark_peer *entry, uint64_t timestamp)
{
	return timestamp > entry->timestamp &&
	    timestamp - entry->timestamp >= BITMARK_ANNOUNCE_REBROADCAST_S;
}

/* Store what was checked; ${news}: it changed the table. */
static bitmark_status
store(struct bitmark_announce *a, struct bitmark_span key,
    struct bitmark_span connections, uint64_t *timestamp, bool *news)
{
	struct bitmark_peer *entry;
	bitmark_status status;
	size_t rank;

	*news = false;
	if (find(a, key.data, &rank)) {
		entry = a->entries[rank];
		if (is_news(entry, *timestamp)) {
			set_entry(entry, connections, *timestamp);
			*news = true;
		}
		*timestamp = entry->timestamp;
		return BITMARK_OK;
	}
	status = obtain(a, &entry);
	if (status != BITMARK_OK || entry == NULL)
		return status;
	memcpy(entry->key, key.data, sizeof entry->key);
	set_entry(entry, connections, *timestamp);
	(void)find(a, key.data, &rank);         /* making room moved ranks */
	insert_at(a, rank, entry);
	*news = true;
	return BITMARK_OK;
}

bitmark_status
bitmark_announce_add(struct bitmark_announce *announce,
    struct bitmark_span key, struct bitmark_span connections,
    uint64_t timestamp, uint64_t now_s, bool *relay, uint64_t *stored)
{
	bool news;
	bitmark_status status = check(announce, key, connections);

	if (status == BITMARK_OK)
		status = settle_time(&timestamp, now_s);
	if (status == BITMARK_OK)
		status = store(announce, key, connections, &timestamp, &news);
	if (status != BITMARK_OK)
		return status;
	if (relay != NULL)
		*relay = news;
	if (stored != NULL)
		*stored = timestamp;
	return BITMARK_OK;
}

/* A number below ${limit} (not 0), each equally likely: draws beyond the last
 * whole multiple of the limit are made again. */
static uint64_t
random_below(const struct bitmark_announce *a, uint64_t limit)
{
	const uint64_t excess = (UINT64_MAX % limit + 1) % limit;
	uint64_t draw;

	do
		bm_random(&a->env, (uint8_t *)&draw, sizeof draw);
	while (draw > UINT64_MAX - excess);
	return draw % limit;
}

bitmark_status
bitmark_announce_random(struct bitmark_announce *announce,
    const uint8_t exclude[BITMARK_PEER_KEY_SIZE], struct bitmark_peer *peer)
{
	size_t skip[2], skips = 0, rank;

	if (announce->own_listed &&
	    find(announce, announce->own_key, &skip[skips]))
		skips++;
	if (!(announce->own_listed && same_key(exclude, announce->own_key)) &&
	    find(announce, exclude, &skip[skips]))
		skips++;
	if (announce->count <= skips)
		return BITMARK_E_NOT_FOUND;
	if (skips == 2 && skip[0] > skip[1]) {
		rank = skip[0];
		skip[0] = skip[1];
		skip[1] = rank;
	}
	rank = (size_t)random_below(announce, announce->count - skips);
	for (size_t i = 0; i < skips; i++)
		if (rank >= skip[i])
			rank++;
	*peer = *announce->entries[rank];
	return BITMARK_OK;
}

size_t
bitmark_announce_expire(struct bitmark_announce *announce, uint64_t now_s)
{
	size_t kept = 0, count = announce->count;

	for (size_t i = 0; i < count; i++) {
		struct bitmark_peer *entry = announce->entries[i];

		if (!is_own(announce, entry) && now_s >= entry->timestamp &&
		    now_s - entry->timestamp >= BITMARK_ANNOUNCE_EXPIRY_S)
			free(entry);
		else
			announce->entries[kept++] = entry;
	}
	announce->count = kept;
	return count - kept;
}

size_t
bitmark_announce_count(const struct bitmark_announce *announce)
{
	return announce->count;
}

const struct bitmark_peer *
bitmark_announce_at(const struct bitmark_announce *announce, size_t rank)
{
	return rank < announce->count ? announce->entries[rank] : NULL;
}
