/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Candidates: peers of an earlier run, and peers that have expired.  They are
 * worth a try when no other peer is known, but must not be named to other
 * nodes, so they are kept apart from the table.
 */
#include "protocol/announce_impl.h"

#include <stdlib.h>
#include <string.h>

/* Places that the array starts with. */
#define FIRST_CAPACITY 16

static bool
is_too_old(const struct bitmark_peer *peer, uint64_t now_s)
{
	return now_s > peer->timestamp &&
	    now_s - peer->timestamp > BITMARK_ANNOUNCE_CANDIDATE_AGE_S;
}

/* The last candidate moves to the free place, since the order means nothing. */
static void
remove_at(struct bitmark_announce *a, size_t i)
{
	a->candidates[i] = a->candidates[--a->candidate_count];
}

void
bm_announce_forget_candidate(struct bitmark_announce *a, const uint8_t *key)
{
	for (size_t i = 0; i < a->candidate_count; i++)
		if (memcmp(a->candidates[i].key, key,
		    BITMARK_PEER_KEY_SIZE) == 0) {
			remove_at(a, i);
			return;
		}
}

static bitmark_status
reserve(struct bitmark_announce *a)
{
	size_t capacity = a->candidate_capacity == 0 ? FIRST_CAPACITY :
	    a->candidate_capacity * 2;
	struct bitmark_peer *grown;

	if (a->candidate_count < a->candidate_capacity)
		return BITMARK_OK;
	grown = realloc(a->candidates, capacity * sizeof *grown);
	if (grown == NULL)
		return BITMARK_E_NOMEM;
	a->candidates = grown;
	a->candidate_capacity = capacity;
	return BITMARK_OK;
}

/* Make sure that there is a free place.  When all are taken the oldest
 * candidate goes: the one that is least likely to be there still. */
static bitmark_status
make_room(struct bitmark_announce *a)
{
	size_t oldest = 0;

	if (a->candidate_count < BITMARK_ANNOUNCE_CANDIDATES_MAX)
		return reserve(a);
	for (size_t i = 1; i < a->candidate_count; i++)
		if (a->candidates[i].timestamp <
		    a->candidates[oldest].timestamp)
			oldest = i;
	remove_at(a, oldest);
	return BITMARK_OK;
}

bitmark_status
bm_announce_make_candidate(struct bitmark_announce *a,
    const struct bitmark_peer *peer, uint64_t now_s)
{
	bitmark_status status;

	if (is_too_old(peer, now_s))
		return BITMARK_E_TIMESTAMP;
	status = make_room(a);
	if (status == BITMARK_OK)
		a->candidates[a->candidate_count++] = *peer;
	return status;
}

/*
 * A peer whose stored time has not expired enters the table; an older one
 * becomes a candidate.  Stored peers are checked like announcements of
 * strangers: the file may have been edited or written by another program.
 */
bitmark_status
bitmark_announce_restore(struct bitmark_announce *a,
    const struct bitmark_peer *peer, uint64_t now_s)
{
	const struct bitmark_announcement said =
	    bitmark_peer_announcement(peer);
	bitmark_status status = bm_announce_check(a, said.key,
	    said.connections);
	uint64_t settled = peer->timestamp;
	size_t rank;

	if (status != BITMARK_OK)
		return status;
	if (!bm_announce_is_expired(a->rules, peer->timestamp, now_s) &&
	    bm_announce_settle_time(a->rules, &settled, now_s) == BITMARK_OK)
		return bitmark_announce_add(a, 0, said, now_s, NULL, NULL);
	if (is_too_old(peer, now_s))
		return BITMARK_E_TIMESTAMP;
	if (bm_announce_find(a, peer->key, &rank))
		return BITMARK_OK;
	bm_announce_forget_candidate(a, peer->key);
	return bm_announce_make_candidate(a, peer, now_s);
}

/* The candidates take turns.  remove_at moves another one to the place that was
 * just looked at, so the place is looked at again without moving on. */
bitmark_status
bitmark_announce_candidate(struct bitmark_announce *a, uint64_t now_s,
    struct bitmark_peer *peer)
{
	while (a->candidate_count > 0) {
		if (a->candidate_next >= a->candidate_count)
			a->candidate_next = 0;
		if (!is_too_old(&a->candidates[a->candidate_next], now_s)) {
			*peer = a->candidates[a->candidate_next++];
			return BITMARK_OK;
		}
		remove_at(a, a->candidate_next);
	}
	return BITMARK_E_NOT_FOUND;
}

size_t
bitmark_announce_candidate_count(const struct bitmark_announce *a)
{
	return a->candidate_count;
}
