/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Times of announcements, and the removal of entries that have expired.
 *
 * Source: bitmarkd v8.2 and v0.16.0 announce/peer.go
 */
#include "protocol/announce_impl.h"

#include <stdlib.h>
#include <string.h>

/* A time in the future has not expired.  It is tested first, because the
 * unsigned difference now_s - timestamp would wrap around. */
bool
bm_announce_is_expired(const struct bitmark_rules *rules, uint64_t timestamp,
    uint64_t now_s)
{
	return now_s >= timestamp &&
	    now_s - timestamp >= rules->announce_expiry_s;
}

void
bm_announce_correct_time(uint64_t *timestamp, uint64_t now_s)
{
	if (*timestamp > now_s)
		*timestamp = now_s;
}

/* Clocks of peers differ by seconds, so a time slightly ahead is no lie; it
 * counts as now, because a later one could not expire when it should.  v8.2
 * nodes say 0 for "now" when they speak of themselves; to 0.16 it is the year
 * 1970, which has expired. */
bitmark_status
bm_announce_settle_time(const struct bitmark_rules *rules,
    uint64_t *timestamp, uint64_t now_s)
{
	if (*timestamp > now_s &&
	    *timestamp - now_s > BITMARK_ANNOUNCE_AHEAD_S)
		return BITMARK_E_TIMESTAMP;
	if ((*timestamp == 0 && rules->announce_zero_is_now) ||
	    *timestamp > now_s)
		*timestamp = now_s;
	if (bm_announce_is_expired(rules, *timestamp, now_s))
		return BITMARK_E_TIMESTAMP;
	return BITMARK_OK;
}

bool
bm_announce_is_news(uint64_t known, uint64_t timestamp)
{
	return timestamp > known &&
	    timestamp - known >= BITMARK_ANNOUNCE_REBROADCAST_S;
}

void
bitmark_announce_heard(struct bitmark_announce *announce,
    const uint8_t key[BITMARK_PEER_KEY_SIZE], uint64_t now_s)
{
	struct bm_announce_entry *entry;
	size_t rank;

	if (!announce->rules->announce_by_poll ||
	    !bm_announce_find(announce, key, &rank))
		return;
	entry = announce->entries[rank];
	if (now_s > entry->peer.timestamp)
		entry->peer.timestamp = now_s;
}

/* Where polls count as signs of life, a connected peer expires only if it has
 * not answered them for long.  Its connection is then of no use, so its key is
 * noted for bitmark_announce_take_expired.  The list has room for all kept
 * keys. */
static void
note_expired(struct bitmark_announce *a, const struct bm_announce_entry *entry)
{
	if (a->rules->announce_by_poll && entry->kept &&
	    a->expired_count < BITMARK_ANNOUNCE_KEPT_MAX)
		memcpy(a->expired[a->expired_count++], entry->peer.key,
		    BITMARK_PEER_KEY_SIZE);
}

bool
bitmark_announce_take_expired(struct bitmark_announce *announce,
    uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	if (announce->expired_count == 0)
		return false;
	memcpy(key, announce->expired[--announce->expired_count],
	    BITMARK_PEER_KEY_SIZE);
	return true;
}

/* One pass moves the entries that stay to the front, so the cost does not
 * depend on how many are removed.  An expired peer may still run without our
 * hearing of it, so it becomes a candidate. */
size_t
bitmark_announce_expire(struct bitmark_announce *announce, uint64_t now_s)
{
	size_t kept = 0, count = announce->count;

	for (size_t i = 0; i < count; i++) {
		struct bm_announce_entry *entry = announce->entries[i];

		bm_announce_correct_time(&entry->peer.timestamp, now_s);
		bm_announce_correct_time(&entry->announced, now_s);
		if (!(announce->own_listed && memcmp(entry->peer.key,
		    announce->own_key, sizeof announce->own_key) == 0) &&
		    bm_announce_is_expired(announce->rules,
		    entry->peer.timestamp, now_s)) {
			(void)bm_announce_make_candidate(announce,
			    &entry->peer, now_s);
			note_expired(announce, entry);
			free(entry);
		} else
			announce->entries[kept++] = entry;
	}
	announce->count = kept;
	announce->changed = announce->changed || kept < count;
	return count - kept;
}
