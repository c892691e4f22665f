/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Both totals and balances have a row for each block that has changed them, and
 * the number of the block ends the key: so the newest row is the last one of
 * those that begin alike, and is found as the row before the next number.
 */
#include "chain/share_rows.h"

#include <string.h>

#include "codec/codec.h"

/* Two numbers. */
#define ROW_MAX (2 * BITMARK_VARINT_MAX)

static void
share_key(const uint8_t share_id[BITMARK_TX_ID_SIZE], uint64_t block,
    uint8_t key[BM_SHARE_KEY_SIZE])
{
	memcpy(key, share_id, BITMARK_TX_ID_SIZE);
	bm_put_u64be(key + BITMARK_TX_ID_SIZE, block);
}

/* Owners have 32 bits, as in the keys of what they own. */
static void
owner_key(uint64_t owner, uint8_t key[BM_OWNER_KEY_SIZE])
{
	uint8_t whole[BM_OWNED_KEY_SIZE];

	bm_owned_key(owner, 0, whole);
	memcpy(key, whole, BM_OWNER_KEY_SIZE);
}

void
bm_balance_key(const struct bm_pair *pair, uint64_t block,
    uint8_t key[BM_BALANCE_KEY_SIZE])
{
	owner_key(pair->owner, key);
	share_key(pair->share_id, block, key + BM_OWNER_KEY_SIZE);
}

void
bm_holder_key(const uint8_t share_id[BITMARK_TX_ID_SIZE], uint64_t owner,
    uint8_t key[BM_HOLDER_KEY_SIZE])
{
	memcpy(key, share_id, BITMARK_TX_ID_SIZE);
	owner_key(owner, key + BITMARK_TX_ID_SIZE);
}

/* The block is what the key ends with. */
static uint64_t
block_of(struct bitmark_span key)
{
	return bm_get_u64be(key.data + key.size - sizeof(uint64_t));
}

bitmark_status
bm_decode_share(struct bitmark_span key, struct bitmark_span value,
    struct bm_share *share)
{
	struct bm_reader r = bm_reader(value.data, value.size);

	share->total = bm_read_varint(&r);
	share->place.offset = bm_read_varint(&r);
	if (key.size != BM_SHARE_KEY_SIZE || !bm_reader_ok(&r) || r.left != 0)
		return BITMARK_E_STORE_CORRUPT;
	share->place.block = block_of(key);
	return BITMARK_OK;
}

bitmark_status
bm_decode_balance(struct bitmark_span key, struct bitmark_span value,
    struct bm_balance *balance)
{
	struct bm_reader r = bm_reader(value.data, value.size);

	balance->first.offset = bm_read_varint(&r);
	balance->emptied = r.left == 0;
	balance->balance = balance->emptied ? 0 : bm_read_varint(&r);
	if (key.size != BM_BALANCE_KEY_SIZE || !bm_reader_ok(&r) ||
	    r.left != 0)
		return BITMARK_E_STORE_CORRUPT;
	balance->first.block = block_of(key);
	return BITMARK_OK;
}

bitmark_status
bm_get_share(const struct bm_txn *t, const uint8_t share_id[BITMARK_TX_ID_SIZE],
    uint64_t newest, struct bm_share *share)
{
	uint8_t most[BM_SHARE_KEY_SIZE];
	struct bitmark_span key, value;
	bitmark_status status;

	share_key(share_id, newest, most);
	status = bm_get_last(t, BM_TABLE_SHARES,
	    (struct bitmark_span){ most, sizeof most }, BITMARK_TX_ID_SIZE,
	    &key, &value);
	return status == BITMARK_OK ? bm_decode_share(key, value, share) :
	    status;
}

bitmark_status
bm_get_balance(const struct bm_txn *t, const struct bm_pair *pair,
    uint64_t newest, struct bm_balance *balance)
{
	uint8_t most[BM_BALANCE_KEY_SIZE];
	struct bitmark_span key, value;
	bitmark_status status;

	bm_balance_key(pair, newest, most);
	status = bm_get_last(t, BM_TABLE_BALANCES,
	    (struct bitmark_span){ most, sizeof most }, BM_BALANCE_PAIR_SIZE,
	    &key, &value);
	return status == BITMARK_OK ?
	    bm_decode_balance(key, value, balance) : status;
}

bitmark_status
bm_put_share(struct bm_txn *t, const uint8_t share_id[BITMARK_TX_ID_SIZE],
    const struct bm_share *share)
{
	uint8_t key[BM_SHARE_KEY_SIZE], row[ROW_MAX];
	struct bm_writer w = bm_writer(row, sizeof row);

	share_key(share_id, share->place.block, key);
	bm_write_varint(&w, share->total);
	bm_write_varint(&w, share->place.offset);
	return bm_put(t, BM_TABLE_SHARES, key, sizeof key, row, w.size);
}

bitmark_status
bm_del_share(struct bm_txn *t, const uint8_t share_id[BITMARK_TX_ID_SIZE],
    uint64_t block)
{
	uint8_t key[BM_SHARE_KEY_SIZE];

	share_key(share_id, block, key);
	return bm_del(t, BM_TABLE_SHARES, key, sizeof key);
}

bitmark_status
bm_put_balance(struct bm_txn *t, const struct bm_pair *pair,
    const struct bm_balance *balance)
{
	uint8_t key[BM_BALANCE_KEY_SIZE], row[ROW_MAX];
	struct bm_writer w = bm_writer(row, sizeof row);

	bm_balance_key(pair, balance->first.block, key);
	bm_write_varint(&w, balance->first.offset);
	if (!balance->emptied)
		bm_write_varint(&w, balance->balance);
	return bm_put(t, BM_TABLE_BALANCES, key, sizeof key, row, w.size);
}
