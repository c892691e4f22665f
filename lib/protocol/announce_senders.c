/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Limits of one sender, and entries that are kept.  A stranger that floods this
 * node must neither fill the table, nor use this node to flood others, nor push
 * out the peers that work [D-37].
 */
#include "protocol/announce_impl.h"

#include <string.h>

bool
bitmark_announce_take_changed(struct bitmark_announce *a)
{
	bool changed = a->changed;

	a->changed = false;
	return changed;
}

/*
 * The place of ${sender}: its own, or else that of the sender that was silent
 * for longest.  A free place has a time of 0 and so is taken first.
 *
 * A sender that was replaced begins anew with a full budget when it comes back.
 * To gain by that it would have to make a thousand others speak in between,
 * which is more than it gains.
 */
static struct bm_announce_sender *
place_of(struct bitmark_announce *a, uint64_t sender)
{
	struct bm_announce_sender *place = &a->senders[0];

	for (size_t i = 0; i < BITMARK_ANNOUNCE_SENDERS_MAX; i++) {
		struct bm_announce_sender *s = &a->senders[i];

		if (s->sender == sender)
			return s;
		if (s->seen_s < place->seen_s)
			place = s;
	}
	return place;
}

/*
 * A token bucket: it fills with the seconds that have passed, up to the burst.
 * Long silences are compared before they are multiplied, so that the product
 * cannot overflow, and a clock that goes back counts as no time at all.
 */
bitmark_status
bitmark_announce_admit(struct bitmark_announce *a, uint64_t sender,
    uint64_t now_s)
{
	struct bm_announce_sender *s;
	uint64_t silent;

	if (sender == 0)
		return BITMARK_OK;
	s = place_of(a, sender);
	if (s->sender != sender)
		*s = (struct bm_announce_sender){ sender, now_s,
		    BITMARK_ANNOUNCE_SENDER_BURST };
	silent = now_s > s->seen_s ? now_s - s->seen_s : 0;
	if (silent >= BITMARK_ANNOUNCE_SENDER_BURST)
		s->tokens = BITMARK_ANNOUNCE_SENDER_BURST;
	else
		s->tokens += silent * BITMARK_ANNOUNCE_SENDER_PER_S;
	if (s->tokens > BITMARK_ANNOUNCE_SENDER_BURST)
		s->tokens = BITMARK_ANNOUNCE_SENDER_BURST;
	s->seen_s = now_s;
	if (s->tokens == 0)
		return BITMARK_E_BUSY;
	s->tokens--;
	return BITMARK_OK;
}

/* Index of ${key} in the list of kept keys; kept_count when it is not there. */
static size_t
kept_at(const struct bitmark_announce *a, const uint8_t *key)
{
	size_t i = 0;

	while (i < a->kept_count &&
	    memcmp(a->kept[i].key, key, BITMARK_PEER_KEY_SIZE) != 0)
		i++;
	return i;
}

bool
bm_announce_is_kept(const struct bitmark_announce *a, const uint8_t *key)
{
	return kept_at(a, key) < a->kept_count;
}

/* Each entry repeats whether its key is kept: victim_for asks this of all
 * entries, and must not search a list each time. */
static void
mark(struct bitmark_announce *a, const uint8_t *key, bool kept)
{
	size_t rank;

	if (bm_announce_find(a, key, &rank))
		a->entries[rank]->kept = kept;
}

/* A key may be kept before it has an entry; store_new looks in the list.  Calls
 * are counted, because a static peer is kept once by the configuration and once
 * more while it is connected. */
bitmark_status
bitmark_announce_keep(struct bitmark_announce *a,
    const uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	size_t i = kept_at(a, key);

	if (i == BITMARK_ANNOUNCE_KEPT_MAX)
		return BITMARK_E_BUSY;
	if (i == a->kept_count) {
		memcpy(a->kept[i].key, key, sizeof a->kept[i].key);
		a->kept[i].holds = 0;
		a->kept_count++;
	}
	a->kept[i].holds++;
	mark(a, key, true);
	return BITMARK_OK;
}

void
bitmark_announce_release(struct bitmark_announce *a,
    const uint8_t key[BITMARK_PEER_KEY_SIZE])
{
	size_t i = kept_at(a, key);

	if (i == a->kept_count || --a->kept[i].holds != 0)
		return;
	mark(a, key, false);
	a->kept[i] = a->kept[--a->kept_count];
}
