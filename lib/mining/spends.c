/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Balances are looked up once for each account and share, and kept with what
 * the block has taken from them and given to them so far.
 */
#include "mining/spends.h"

#include <bitmarkpeer/shares.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

/* Shares that move from one account to another. */
struct move {
	const uint8_t *share_id;
	uint64_t quantity;
	struct bm_spend *from, *to;
};

/* An account has a variable length and may be followed by anything, so the key
 * is a hash of fixed size. The share id comes first, and its length is fixed:
 * two different pairs cannot give the same bytes. */
static void
key_of(const struct bitmark_account *account, const uint8_t *share_id,
    uint8_t key[BITMARK_DIGEST_SIZE])
{
	uint8_t packed[BITMARK_ACCOUNT_PACKED_MAX];
	const size_t size = bitmark_account_pack(account, packed);
	const struct bitmark_span parts[] = {
		{ share_id, BITMARK_TX_ID_SIZE }, { packed, size } };

	bm_sha3_256_span(parts, sizeof parts / sizeof parts[0], key);
}

/* The object is put into the map before its balance is read. An error of the
 * store ends the whole selection, so a balance that was not read is never used.
 */
static bitmark_status
look_up(struct bm_map *map, struct bitmark_snapshot *s,
    const struct bitmark_account *account, const uint8_t *share_id,
    struct bm_spend **spend)
{
	uint8_t key[BITMARK_DIGEST_SIZE];
	struct bm_spend *new;
	bitmark_status status;

	key_of(account, share_id, key);
	*spend = bm_map_find(map, key);
	if (*spend != NULL)
		return BITMARK_OK;
	new = bm_map_reserve(map, 1) == BITMARK_OK ?
	    calloc(1, sizeof *new) : NULL;
	if (new == NULL)
		return BITMARK_E_NOMEM;
	memcpy(new->key, key, sizeof new->key);
	bm_map_put(map, new->key, new);
	status = bitmark_snapshot_share_balance(s, account, share_id,
	    &new->before);
	*spend = new;
	return status;
}

/* Two questions: does the giver have enough, counting what this block takes
 * already, and does the receiver's balance stay below 2^64? A balance that
 * wraps around would be too small for the records that come after it. ${taken}
 * never exceeds ${before}, and ${given} never exceeds its rest, so the
 * subtractions cannot wrap. */
static bool
is_possible(const struct move *m)
{
	return m->quantity <= m->from->before - m->from->taken &&
	    m->quantity <= UINT64_MAX - m->to->before - m->to->given;
}

static bitmark_status
set_move(struct bm_map *map, struct bitmark_snapshot *s, struct move *m,
    const struct bitmark_account *from, const struct bitmark_account *to)
{
	bitmark_status status = look_up(map, s, from, m->share_id, &m->from);

	return status == BITMARK_OK ?
	    look_up(map, s, to, m->share_id, &m->to) : status;
}

/* A swap is two moves, of different shares. */
static bitmark_status
moves_of(struct bm_map *map, struct bitmark_snapshot *s,
    const struct bitmark_record *record, struct move m[2], size_t *count)
{
	const struct bitmark_grant *g = &record->grant;
	const struct bitmark_swap *w = &record->swap;
	bitmark_status status;

	*count = 1;
	if (record->tag == BITMARK_RECORD_GRANT) {
		m[0] = (struct move){ g->share_id, g->quantity, NULL, NULL };
		return set_move(map, s, &m[0], &g->owner, &g->recipient);
	}
	*count = 2;
	m[0] = (struct move){ w->share_id_one, w->quantity_one, NULL, NULL };
	m[1] = (struct move){ w->share_id_two, w->quantity_two, NULL, NULL };
	status = set_move(map, s, &m[0], &w->owner_one, &w->owner_two);
	return status == BITMARK_OK ? set_move(map, s, &m[1], &w->owner_two,
	    &w->owner_one) : status;
}

/* Both moves of a swap are checked before either is counted, so that a swap
 * which fails at its second half changes nothing. */
bitmark_status
bm_spends_take(struct bm_map *map, struct bitmark_snapshot *snapshot,
    const struct bitmark_record *record, bool *enough)
{
	struct move m[2];
	size_t count;
	bitmark_status status = moves_of(map, snapshot, record, m, &count);

	*enough = status == BITMARK_OK;
	for (size_t i = 0; i < count && *enough; i++)
		*enough = is_possible(&m[i]);
	for (size_t i = 0; i < count && *enough; i++) {
		m[i].from->taken += m[i].quantity;
		m[i].to->given += m[i].quantity;
	}
	return status;
}
