/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * The table of peers: an array of pointers, sorted by key, so that a rank is
 * an index and a look-up a binary search.
 *
 * Source: bitmarkd v8.2 announce/peer.go, announce/announcer.go
 */
#include "protocol/announce_impl.h"

#include <stdlib.h>
#include <string.h>

#include "record/connection.h"
#include "os/random.h"

/* Places that the array starts with. */
#define FIRST_CAPACITY 16

static bool
same_key(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, BITMARK_PEER_KEY_SIZE) == 0;
}

/* Binary search.  When the key is not there, low and high meet at the place
 * where it would have to be inserted. */
bool
bm_announce_find(const struct bitmark_announce *a, const uint8_t *key,
    size_t *rank)
{
	size_t low = 0, high = a->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(a->entries[middle]->peer.key, key,
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

/* Make room for one more pointer.  The array doubles, so that filling the table
 * costs a few moves for each entry, however large it becomes. */
static bitmark_status
reserve(struct bitmark_announce *a)
{
	size_t capacity = a->capacity == 0 ? FIRST_CAPACITY : a->capacity * 2;
	struct bm_announce_entry **grown;

	if (a->count < a->capacity)
		return BITMARK_OK;
	grown = realloc(a->entries, capacity * sizeof *grown);
	if (grown == NULL)
		return BITMARK_E_NOMEM;
	a->entries = grown;
	a->capacity = capacity;
	return BITMARK_OK;
}

/* Put an entry at its rank; reserve has made room for it.  Moving up to 10 000
 * pointers takes microseconds, and entries themselves never move: that keeps
 * the order without a tree. */
static void
insert_at(struct bitmark_announce *a, size_t rank,
    struct bm_announce_entry *entry)
{
	memmove(a->entries + rank + 1, a->entries + rank,
	    (a->count - rank) * sizeof *a->entries);
	a->entries[rank] = entry;
	a->count++;
}

/* Take an entry out of the table; its memory is the caller's to use or free. */
static struct bm_announce_entry *
take_out(struct bitmark_announce *a, size_t rank)
{
	struct bm_announce_entry *entry = a->entries[rank];

	a->count--;
	memmove(a->entries + rank, a->entries + rank + 1,
	    (a->count - rank) * sizeof *a->entries);
	return entry;
}

static bool
is_own(const struct bitmark_announce *a, const struct bm_announce_entry *entry)
{
	return a->own_listed && same_key(entry->peer.key, a->own_key);
}

/* Counts the entries that ${sender} has brought.  A stored count would have to
 * be corrected at every place that removes an entry. */
static size_t
brought_by(const struct bitmark_announce *a, uint64_t sender)
{
	size_t count = 0;

	for (size_t i = 0; i < a->count; i++)
		count += a->entries[i]->sender == sender;
	return count;
}

/*
 * Rank of the entry to replace by a new one of ${sender}: the one whose last
 * sign of life is oldest, and that is neither our own nor kept.  The number of
 * entries as the rank means that there is none.
 *
 * A sender that holds its share of a full table already replaces only what it
 * brought itself.  Otherwise a stranger that invents keys would push out all
 * true peers within minutes, for an invented peer is always fresh [D-37].
 */
static size_t
victim_for(const struct bitmark_announce *a, uint64_t sender)
{
	size_t share = a->peers_max / BITMARK_ANNOUNCE_SENDER_SHARE + 1;
	bool limited = sender != 0 && brought_by(a, sender) >= share;
	size_t rank = a->count;

	for (size_t i = 0; i < a->count; i++) {
		const struct bm_announce_entry *entry = a->entries[i];

		if (entry->kept || is_own(a, entry) ||
		    (limited && entry->sender != sender))
			continue;
		if (rank == a->count || entry->peer.timestamp <
		    a->entries[rank]->peer.timestamp)
			rank = i;
	}
	return rank;
}

/*
 * Memory for one more entry: new, or that of a victim when the table is full.
 * BITMARK_OK with ${*entry} NULL: the table is full of entries that stay.  That
 * is not an error: the announcement is dropped.
 */
static bitmark_status
obtain(struct bitmark_announce *a, uint64_t sender,
    struct bm_announce_entry **entry)
{
	size_t victim;
	bitmark_status status;

	*entry = NULL;
	if (a->count >= a->peers_max) {
		victim = victim_for(a, sender);
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

/* The list of connections is stored byte for byte, because it is passed on.
 * Only an incomplete entry at its end is left out: v8.2 nodes would read past
 * it. */
static void
set_entry(struct bm_announce_entry *entry, struct bitmark_span connections,
    uint64_t timestamp)
{
	entry->peer.connections_size = bm_connections_copy(
	    entry->peer.connections, connections);
	entry->announced = timestamp;
	if (timestamp > entry->peer.timestamp)
		entry->peer.timestamp = timestamp;
}

/* The own entry stands in the table like any other, so that neighbours are
 * counted from its rank. */
bitmark_status
bitmark_announce_new(struct bitmark_announce **announce,
    const struct bitmark_peer *own, size_t peers_max,
    const struct bitmark_rules *rules, const struct bitmark_env *env)
{
	struct bitmark_announce *a;

	*announce = NULL;
	if (own->connections_size > sizeof own->connections)
		return BITMARK_E_ARGUMENT;
	a = calloc(1, sizeof *a);
	if (a == NULL)
		return BITMARK_E_NOMEM;
	a->peers_max = peers_max == 0 ? BITMARK_ANNOUNCE_PEERS_MAX : peers_max;
	a->rules = rules != NULL ? rules : bitmark_rules_8_2();
	if (env != NULL)
		a->env = *env;
	memcpy(a->own_key, own->key, sizeof a->own_key);
	if (own->connections_size != 0) {
		struct bm_announce_entry *entry;

		if (obtain(a, 0, &entry) != BITMARK_OK)
			goto free_announce;
		*entry = (struct bm_announce_entry){ .peer = *own,
		    .announced = own->timestamp };
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
	free(announce->candidates);
	free(announce);
}

bitmark_status
bm_announce_check(const struct bitmark_announce *a, struct bitmark_span key,
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

/* Enter a key that was not known.  BITMARK_OK with ${*news} false: the table is
 * full of entries that stay.  The rank is computed after obtain, which may
 * remove an entry and so shift the ranks. */
static bitmark_status
store_new(struct bitmark_announce *a, uint64_t sender,
    struct bitmark_span key, struct bitmark_span connections,
    uint64_t timestamp, bool *news)
{
	struct bm_announce_entry *entry;
	size_t rank;
	bitmark_status status = obtain(a, sender, &entry);

	if (status != BITMARK_OK || entry == NULL)
		return status;
	memcpy(entry->peer.key, key.data, sizeof entry->peer.key);
	entry->peer.timestamp = 0;
	set_entry(entry, connections, timestamp);
	entry->sender = sender;
	entry->kept = bm_announce_is_kept(a, key.data);
	(void)bm_announce_find(a, key.data, &rank);
	insert_at(a, rank, entry);
	bm_announce_forget_candidate(a, key.data);
	a->changed = true;
	*news = true;
	return BITMARK_OK;
}

static bool
same_list(const struct bitmark_peer *peer, struct bitmark_span connections)
{
	return peer->connections_size == connections.size &&
	    memcmp(peer->connections, connections.data,
	    connections.size) == 0;
}

/*
 * Enter an announcement that was checked; ${*news}: it changed the table, and
 * is worth passing on.  ${*timestamp} becomes the one that is stored: relaying
 * any other would tell the neighbours something that this node does not hold
 * itself.
 *
 * A newer list of addresses replaces the old one only together with a time that
 * is new enough.  So the addresses of a peer cannot be changed back and forth
 * faster than once in seven minutes, even by a stranger: announcements are not
 * signed.
 *
 * The time that is compared is that of its last announcement, not of the last
 * poll that it answered: polls come twice a minute, and beside them no
 * announcement would ever be news.
 */
static bitmark_status
store(struct bitmark_announce *a, uint64_t sender, struct bitmark_span key,
    struct bitmark_span connections, uint64_t *timestamp, bool *news)
{
	struct bm_announce_entry *known;
	size_t rank;

	*news = false;
	if (!bm_announce_find(a, key.data, &rank))
		return store_new(a, sender, key, connections, *timestamp,
		    news);
	known = a->entries[rank];
	if (bm_announce_is_news(known->announced, *timestamp)) {
		if (!same_list(&known->peer, connections))
			a->changed = true;
		set_entry(known, connections, *timestamp);
		*news = true;
	}
	*timestamp = known->announced;
	return BITMARK_OK;
}

struct bitmark_announcement
bitmark_peer_announcement(const struct bitmark_peer *peer)
{
	return (struct bitmark_announcement){ { peer->key, sizeof peer->key },
	    { peer->connections, peer->connections_size }, peer->timestamp };
}

bitmark_status
bitmark_announce_add(struct bitmark_announce *announce, uint64_t sender,
    struct bitmark_announcement announcement, uint64_t now_s, bool *relay,
    uint64_t *stored)
{
	bool news;
	uint64_t timestamp = announcement.timestamp;
	bitmark_status status = bm_announce_check(announce, announcement.key,
	    announcement.connections);

	if (status == BITMARK_OK)
		status = bm_announce_settle_time(announce->rules, &timestamp,
		    now_s);
	if (status == BITMARK_OK)
		status = store(announce, sender, announcement.key,
		    announcement.connections, &timestamp, &news);
	if (status != BITMARK_OK)
		return status;
	if (relay != NULL)
		*relay = news;
	if (stored != NULL)
		*stored = timestamp;
	return BITMARK_OK;
}

/*
 * A random number below ${limit}, which is not 0; each is equally likely.
 *
 * 2^64 is seldom a multiple of the limit, so the remainder of a draw alone
 * would prefer small numbers.  ${excess} is 2^64 modulo limit, computed without
 * the number 2^64, which does not fit; draws among the last ${excess} are
 * repeated.
 */
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

/*
 * Draw among the entries that are neither our own nor excluded: a number below
 * their count, moved up by one for each excluded rank that it has reached.  The
 * excluded ranks have to be taken in ascending order for that.
 */
bitmark_status
bitmark_announce_random(struct bitmark_announce *announce,
    const uint8_t exclude[BITMARK_PEER_KEY_SIZE], struct bitmark_peer *peer)
{
	size_t skip[2], skips = 0, rank;

	if (announce->own_listed &&
	    bm_announce_find(announce, announce->own_key, &skip[skips]))
		skips++;
	if (!(announce->own_listed && same_key(exclude, announce->own_key)) &&
	    bm_announce_find(announce, exclude, &skip[skips]))
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
	*peer = announce->entries[rank]->peer;
	return BITMARK_OK;
}

size_t
bitmark_announce_count(const struct bitmark_announce *announce)
{
	return announce->count;
}

const struct bitmark_peer *
bitmark_announce_at(const struct bitmark_announce *announce, size_t rank)
{
	return rank < announce->count ? &announce->entries[rank]->peer : NULL;
}
