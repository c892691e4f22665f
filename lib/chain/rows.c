/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Numbers in rows are Varint64: most of them are small, and a store has a row
 * for each transaction ever made.  For the same reason what is usual is left
 * out at the end of a row; each decoder knows by the length what was left out,
 * and refuses bytes that remain.
 *
 * A row that cannot be decoded was not written by this library, or the file was
 * damaged: that is BITMARK_E_STORE_CORRUPT, never an assert.
 */
#include "chain/rows.h"

#include <string.h>

#include "codec/codec.h"

/* Longest row that is encoded here: five numbers and a byte of flags. */
#define ROW_MAX (7 * BITMARK_VARINT_MAX + 1)

/* Bits of the flags in a row of txs.  Others are not written, and ignored when
 * they are read. */
#define TX_SPENT 0x01
#define TX_OWNED_BLOCK 0x02
#define TX_COPIED 0x04
#define TX_SHARED 0x08
#define TX_ENDS 0x10
#define TX_MOVES_SHARES 0x20

/* Both numbers have 32 bits, and the owner stands first: so the items of one
 * owner are neighbours, in the order in which they were acquired. */
void
bm_owned_key(uint64_t owner, uint64_t n, uint8_t key[BM_OWNED_KEY_SIZE])
{
	bm_put_u64be(key, owner << 32 | n);
}

uint64_t
bm_owned_n(const uint8_t key[BM_OWNED_KEY_SIZE])
{
	return bm_get_u64be(key) & UINT32_MAX;
}

uint64_t
bm_owner_of_key(const uint8_t key[BM_OWNER_KEY_SIZE])
{
	uint8_t whole[BM_OWNED_KEY_SIZE] = { 0 };

	memcpy(whole, key, BM_OWNER_KEY_SIZE);
	return bm_get_u64be(whole) >> 32;
}

bool
bm_same_place(const struct bm_place *a, const struct bm_place *b)
{
	return a->block == b->block && a->offset == b->offset;
}

/*
 * Encodings.
 */

/* The end of every decoder: all was there, and nothing is left. */
static bitmark_status
decoded(const struct bm_reader *r)
{
	return bm_reader_ok(r) && r->left == 0 ? BITMARK_OK :
	    BITMARK_E_STORE_CORRUPT;
}

static struct bm_place
read_place(struct bm_reader *r)
{
	struct bm_place place;

	place.block = bm_read_varint(r);
	place.offset = bm_read_varint(r);
	return place;
}

static void
write_place(struct bm_writer *w, const struct bm_place *place)
{
	bm_write_varint(w, place->block);
	bm_write_varint(w, place->offset);
}

bitmark_status
bm_decode_place(struct bitmark_span value, struct bm_place *place)
{
	struct bm_reader r = bm_reader(value.data, value.size);

	*place = read_place(&r);
	return decoded(&r);
}

/* Position and flags are written together, as an item that moves on gets a
 * flag; the block that it carries follows when the flags say so. */
bitmark_status
bm_decode_tx(struct bitmark_span value, struct bm_tx *tx)
{
	struct bm_reader r = bm_reader(value.data, value.size);
	uint8_t flags = 0;

	tx->place = read_place(&r);
	tx->owner = bm_read_varint_clipped(&r, 0, UINT32_MAX);
	tx->n = 0;
	if (r.left != 0) {
		tx->n = bm_read_varint_clipped(&r, 0, UINT32_MAX);
		flags = bm_read_u8(&r);
	}
	tx->spent = (flags & TX_SPENT) != 0;
	tx->copied = (flags & TX_COPIED) != 0;
	tx->shared = (flags & TX_SHARED) != 0;
	tx->ends = (flags & TX_ENDS) != 0;
	tx->moves_shares = (flags & TX_MOVES_SHARES) != 0;
	tx->owned_block = (flags & TX_OWNED_BLOCK) ? bm_read_varint(&r) : 0;
	tx->next = tx->spent ? read_place(&r) : (struct bm_place){ 0, 0 };
	return decoded(&r);
}

/* A next position of 1 is left out, so one that is written is another: that of
 * an account which has only held shares is 0. */
bitmark_status
bm_decode_owner(struct bitmark_span value, struct bm_holder *owner)
{
	struct bm_reader r = bm_reader(value.data, value.size);

	owner->owner = bm_read_varint_clipped(&r, 0, UINT32_MAX);
	if (r.left == 0) {
		owner->next = 1;
		return decoded(&r);
	}
	owner->next = bm_read_varint_clipped(&r, 0, UINT32_MAX);
	return owner->next != 1 ? decoded(&r) : BITMARK_E_STORE_CORRUPT;
}

/* An item that was never transferred has no second place. */
bitmark_status
bm_decode_item(struct bitmark_span value, struct bm_item *item)
{
	struct bm_reader r = bm_reader(value.data, value.size);
	uint8_t kind = bm_read_u8(&r);

	item->issue = read_place(&r);
	item->last = r.left == 0 ? (struct bm_place){ 0, 0 } : read_place(&r);
	if (kind > BITMARK_ITEM_SHARE)
		return BITMARK_E_STORE_CORRUPT;
	item->kind = (enum bitmark_item)kind;
	return decoded(&r);
}

bitmark_status
bm_decode_height(struct bitmark_span value, struct bm_height *height)
{
	struct bm_reader r = bm_reader(value.data, value.size);

	bm_read_copy(&r, height->digest, sizeof height->digest);
	height->crc = bm_read_u64be(&r);
	return decoded(&r);
}

/*
 * Lookups.
 */

bitmark_status
bm_get_height(const struct bm_txn *t, uint64_t number,
    struct bm_height *height)
{
	uint8_t key[BM_NUMBER_KEY_SIZE];
	struct bitmark_span value;
	bitmark_status status;

	bm_put_u64be(key, number);
	status = bm_get(t, BM_TABLE_HEIGHTS, key, sizeof key, &value);

	return status == BITMARK_OK ? bm_decode_height(value, height) : status;
}

bitmark_status
bm_get_tx(const struct bm_txn *t, const uint8_t id[BITMARK_TX_ID_SIZE],
    struct bm_tx *tx)
{
	struct bitmark_span value;
	bitmark_status status = bm_get(t, BM_TABLE_TXS, id,
	    BITMARK_TX_ID_SIZE, &value);

	return status == BITMARK_OK ? bm_decode_tx(value, tx) : status;
}

bitmark_status
bm_get_asset(const struct bm_txn *t, const uint8_t id[BITMARK_ASSET_ID_SIZE],
    struct bm_place *place)
{
	struct bitmark_span value;
	bitmark_status status = bm_get(t, BM_TABLE_ASSETS, id,
	    BITMARK_ASSET_ID_SIZE, &value);

	return status == BITMARK_OK ? bm_decode_place(value, place) : status;
}

bitmark_status
bm_find_asset(const struct bm_txn *t, const struct bitmark_asset *asset,
    uint8_t id[BITMARK_ASSET_ID_SIZE], struct bm_place *place)
{
	bitmark_asset_id(asset->fingerprint, id);
	return bm_get_asset(t, id, place);
}

bitmark_status
bm_get_owner(const struct bm_txn *t, const struct bitmark_account *account,
    struct bm_holder *owner)
{
	uint8_t key[BITMARK_ACCOUNT_PACKED_MAX];
	struct bitmark_span value;
	bitmark_status status = bm_get(t, BM_TABLE_ACCOUNTS, key,
	    bitmark_account_pack(account, key), &value);

	return status == BITMARK_OK ? bm_decode_owner(value, owner) : status;
}

bitmark_status
bm_get_item(const struct bm_txn *t, uint64_t owner, uint64_t n,
    struct bm_item *item)
{
	uint8_t key[BM_OWNED_KEY_SIZE];
	struct bitmark_span value;
	bitmark_status status;

	bm_owned_key(owner, n, key);
	status = bm_get(t, BM_TABLE_OWNED, key, sizeof key, &value);
	return status == BITMARK_OK ? bm_decode_item(value, item) : status;
}

/* Counters are 64 bits in big endian, so that a row never changes its length:
 * they are written again with many blocks. */
bitmark_status
bm_get_counter(const struct bm_txn *t, const char *name, uint64_t *value)
{
	struct bitmark_span text = { NULL, 0 };
	struct bm_reader r;
	bitmark_status status = bm_get(t, BM_TABLE_META, name, strlen(name),
	    &text);

	if (status != BITMARK_OK)
		return status;
	r = bm_reader(text.data, text.size);
	*value = bm_read_u64be(&r);
	return decoded(&r);
}

/*
 * Changes.
 */

/* Heights only grow at their end, and are removed from there. */
bitmark_status
bm_put_height(struct bm_txn *t, uint64_t number,
    const struct bm_height *height)
{
	uint8_t key[BM_NUMBER_KEY_SIZE];
	uint8_t row[BITMARK_DIGEST_SIZE + sizeof(uint64_t)];
	struct bm_writer w = bm_writer(row, sizeof row);

	bm_put_u64be(key, number);
	bm_write_bytes(&w, height->digest, sizeof height->digest);
	bm_write_u64be(&w, height->crc);
	return bm_append(t, BM_TABLE_HEIGHTS, key, sizeof key, row, w.size);
}

static uint8_t
tx_flags(const struct bm_tx *tx)
{
	unsigned flags = 0;

	if (tx->spent)
		flags |= TX_SPENT;
	if (tx->owned_block != 0)
		flags |= TX_OWNED_BLOCK;
	if (tx->copied)
		flags |= TX_COPIED;
	if (tx->shared)
		flags |= TX_SHARED;
	if (tx->ends)
		flags |= TX_ENDS;
	if (tx->moves_shares)
		flags |= TX_MOVES_SHARES;
	return (uint8_t)flags;
}

static size_t
encode_tx(const struct bm_tx *tx, uint8_t row[ROW_MAX])
{
	struct bm_writer w = bm_writer(row, ROW_MAX);
	const uint8_t flags = tx_flags(tx);

	write_place(&w, &tx->place);
	bm_write_varint(&w, tx->owner);
	if (tx->n != 0 || flags != 0) {
		bm_write_varint(&w, tx->n);
		bm_write_u8(&w, flags);
	}
	if (tx->owned_block != 0)
		bm_write_varint(&w, tx->owned_block);
	if (tx->spent)
		write_place(&w, &tx->next);
	return w.size;
}

bitmark_status
bm_put_tx(struct bm_txn *t, const uint8_t id[BITMARK_TX_ID_SIZE],
    const struct bm_tx *tx)
{
	uint8_t row[ROW_MAX];

	return bm_put(t, BM_TABLE_TXS, id, BITMARK_TX_ID_SIZE, row,
	    encode_tx(tx, row));
}

bitmark_status
bm_put_new_tx(struct bm_txn *t, const uint8_t id[BITMARK_TX_ID_SIZE],
    struct bm_tx *tx)
{
	uint8_t row[ROW_MAX];
	struct bitmark_span old = { NULL, 0 };
	bitmark_status status = bm_put_new(t, BM_TABLE_TXS,
	    (struct bitmark_span){ id, BITMARK_TX_ID_SIZE },
	    (struct bitmark_span){ row, encode_tx(tx, row) }, &old);

	if (status == BITMARK_E_TX_EXISTS &&
	    bm_decode_tx(old, tx) != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;
	return status;
}

bitmark_status
bm_put_asset(struct bm_txn *t, const uint8_t id[BITMARK_ASSET_ID_SIZE],
    const struct bm_place *place)
{
	uint8_t row[ROW_MAX];
	struct bm_writer w = bm_writer(row, sizeof row);

	write_place(&w, place);
	return bm_put(t, BM_TABLE_ASSETS, id, BITMARK_ASSET_ID_SIZE, row,
	    w.size);
}

/* An account that owns its first item has a next position of 1. */
bitmark_status
bm_put_owner(struct bm_txn *t, const struct bitmark_account *account,
    const struct bm_holder *owner)
{
	uint8_t key[BITMARK_ACCOUNT_PACKED_MAX], row[ROW_MAX];
	struct bm_writer w = bm_writer(row, sizeof row);

	bm_write_varint(&w, owner->owner);
	if (owner->next != 1)
		bm_write_varint(&w, owner->next);
	return bm_put(t, BM_TABLE_ACCOUNTS, key,
	    bitmark_account_pack(account, key), row, w.size);
}

bitmark_status
bm_put_item(struct bm_txn *t, uint64_t owner, uint64_t n,
    const struct bm_item *item)
{
	uint8_t key[BM_OWNED_KEY_SIZE], row[ROW_MAX];
	struct bm_writer w = bm_writer(row, sizeof row);

	bm_owned_key(owner, n, key);
	bm_write_u8(&w, (uint8_t)item->kind);
	write_place(&w, &item->issue);
	if (item->last.block != 0)
		write_place(&w, &item->last);
	return bm_put(t, BM_TABLE_OWNED, key, sizeof key, row, w.size);
}

bitmark_status
bm_put_counter(struct bm_txn *t, const char *name, uint64_t value)
{
	uint8_t row[sizeof value];

	bm_put_u64be(row, value);
	return bm_put(t, BM_TABLE_META, name, strlen(name), row, sizeof row);
}

bitmark_status
bm_del_number(struct bm_txn *t, enum bm_table table, uint64_t number)
{
	uint8_t key[BM_NUMBER_KEY_SIZE];

	bm_put_u64be(key, number);
	return bm_del(t, table, key, sizeof key);
}

/* The item moves to another list, or was never there: either way its row goes,
 * and what it said is needed for what comes. */
bitmark_status
bm_take_item(struct bm_txn *t, uint64_t owner, uint64_t n,
    struct bm_item *item)
{
	uint8_t key[BM_OWNED_KEY_SIZE];
	bitmark_status status = bm_get_item(t, owner, n, item);

	bm_owned_key(owner, n, key);
	return status == BITMARK_OK ?
	    bm_del(t, BM_TABLE_OWNED, key, sizeof key) : status;
}

bitmark_status
bm_del_owner(struct bm_txn *t, const struct bitmark_account *account)
{
	uint8_t key[BITMARK_ACCOUNT_PACKED_MAX];

	return bm_del(t, BM_TABLE_ACCOUNTS, key,
	    bitmark_account_pack(account, key));
}
