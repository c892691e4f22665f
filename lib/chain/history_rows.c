/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Rows of what may happen again: further places of a transaction id, and payments
 * of a block that were replaced.  Their keys end with the place or the block, so
 * the newest one is the last of those that begin alike.
 */
#include "chain/rows.h"

#include <string.h>

#include "codec/codec.h"

/* One number. */
#define ROW_MAX BITMARK_VARINT_MAX

/* The end of every decoder: all was there, and nothing is left. */
static bitmark_status
decoded(const struct bm_reader *r)
{
	return bm_reader_ok(r) && r->left == 0 ? BITMARK_OK :
	    BITMARK_E_STORE_CORRUPT;
}

/* Copies that gave an item once more have the position before it. */
bitmark_status
bm_decode_copy(struct bitmark_span key, struct bitmark_span value,
    struct bm_copy *copy)
{
	struct bm_reader r = bm_reader(value.data, value.size);

	copy->has_item = r.left != 0;
	copy->n_before = copy->has_item ?
	    bm_read_varint_clipped(&r, 0, UINT32_MAX) : 0;
	if (key.size != BM_COPY_KEY_SIZE)
		return BITMARK_E_STORE_CORRUPT;
	copy->place.block = bm_get_u64be(key.data + BITMARK_TX_ID_SIZE);
	copy->place.offset = bm_get_u64be(key.data + BITMARK_TX_ID_SIZE + 8);
	return decoded(&r);
}

static void
copy_key(const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_place *place,
    uint8_t key[BM_COPY_KEY_SIZE])
{
	memcpy(key, id, BITMARK_TX_ID_SIZE);
	bm_put_u64be(key + BITMARK_TX_ID_SIZE, place->block);
	bm_put_u64be(key + BITMARK_TX_ID_SIZE + 8, place->offset);
}

/* The block whose map it is, and the block that has replaced it. */
static void
payments_key(uint64_t number, uint64_t block,
    uint8_t key[2 * BM_NUMBER_KEY_SIZE])
{
	bm_put_u64be(key, number);
	bm_put_u64be(key + BM_NUMBER_KEY_SIZE, block);
}

bitmark_status
bm_get_payments(const struct bm_txn *t, uint64_t number,
    struct bm_place *place)
{
	uint8_t most[2 * BM_NUMBER_KEY_SIZE];
	struct bitmark_span key, value;
	struct bm_reader r;
	bitmark_status status;

	payments_key(number, UINT64_MAX, most);
	status = bm_get_last(t, BM_TABLE_PAYMENTS,
	    (struct bitmark_span){ most, sizeof most }, BM_NUMBER_KEY_SIZE,
	    &key, &value);
	if (status != BITMARK_OK)
		return status;
	if (key.size != sizeof most)
		return BITMARK_E_STORE_CORRUPT;
	place->block = bm_get_u64be(key.data + BM_NUMBER_KEY_SIZE);
	r = bm_reader(value.data, value.size);
	place->offset = bm_read_varint(&r);
	return decoded(&r);
}

bitmark_status
bm_get_copy(const struct bm_txn *t, const uint8_t id[BITMARK_TX_ID_SIZE],
    const struct bm_place *place, struct bm_copy *copy)
{
	uint8_t key[BM_COPY_KEY_SIZE];
	struct bitmark_span value;
	bitmark_status status;

	copy_key(id, place, key);
	status = bm_get(t, BM_TABLE_COPIES, key, sizeof key, &value);
	return status == BITMARK_OK ? bm_decode_copy(
	    (struct bitmark_span){ key, sizeof key }, value, copy) : status;
}

bitmark_status
bm_get_last_copy(const struct bm_txn *t, const uint8_t id[BITMARK_TX_ID_SIZE],
    struct bm_copy *copy)
{
	const struct bm_place last = { UINT64_MAX, UINT64_MAX };
	uint8_t most[BM_COPY_KEY_SIZE];
	struct bitmark_span key, value;
	bitmark_status status;

	copy_key(id, &last, most);
	status = bm_get_last(t, BM_TABLE_COPIES,
	    (struct bitmark_span){ most, sizeof most }, BITMARK_TX_ID_SIZE,
	    &key, &value);
	return status == BITMARK_OK ? bm_decode_copy(key, value, copy) :
	    status;
}

bitmark_status
bm_put_copy(struct bm_txn *t, const uint8_t id[BITMARK_TX_ID_SIZE],
    const struct bm_copy *copy)
{
	uint8_t key[BM_COPY_KEY_SIZE], row[ROW_MAX];
	struct bm_writer w = bm_writer(row, sizeof row);

	copy_key(id, &copy->place, key);
	if (copy->has_item)
		bm_write_varint(&w, copy->n_before);
	return bm_put(t, BM_TABLE_COPIES, key, sizeof key, row, w.size);
}

bitmark_status
bm_del_copy(struct bm_txn *t, const uint8_t id[BITMARK_TX_ID_SIZE],
    const struct bm_place *place)
{
	uint8_t key[BM_COPY_KEY_SIZE];

	copy_key(id, place, key);
	return bm_del(t, BM_TABLE_COPIES, key, sizeof key);
}

bitmark_status
bm_put_payments(struct bm_txn *t, uint64_t number,
    const struct bm_place *place)
{
	uint8_t key[2 * BM_NUMBER_KEY_SIZE], row[ROW_MAX];
	struct bm_writer w = bm_writer(row, sizeof row);

	payments_key(number, place->block, key);
	bm_write_varint(&w, place->offset);
	return bm_put(t, BM_TABLE_PAYMENTS, key, sizeof key, row, w.size);
}

bitmark_status
bm_del_payments(struct bm_txn *t, uint64_t number, uint64_t block)
{
	uint8_t key[2 * BM_NUMBER_KEY_SIZE];

	payments_key(number, block, key);
	return bm_del(t, BM_TABLE_PAYMENTS, key, sizeof key);
}
