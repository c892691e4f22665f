/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Questions about confirmed records: by id, where else they stand, and
 * what fees of a block are paid to.
 *
 * A record that is found is hashed again and must have the id that it was
 * found by: a damaged index never gives a wrong answer.
 */
#include "chain/query.h"

#include <bitmarkpeer/shares.h>
#include <string.h>

#include "chain/env.h"
#include "chain/read.h"
#include "chain/runs.h"
#include "codec/sized.h"

/* The first record's place stands for all base records of the block: one or
 * two, and their bytes are given together. */
static bitmark_status
all_base_records(struct bitmark_snapshot *s,
    struct bitmark_confirmed *confirmed)
{
	struct bitmark_span block;
	struct bm_base base;
	bitmark_status status;

	status = bm_get_block(&s->txn, confirmed->number, &block);
	if (status == BITMARK_OK)
		status = bm_base_read(s->store, block, &base);
	if (status != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;
	confirmed->packed = base.packed;
	return BITMARK_OK;
}

/* The answer is filled in at the end, so that after an error the caller's
 * struct is as it was. */
bitmark_status
bm_confirmed_at(struct bitmark_snapshot *s, const struct bm_place *place,
    struct bitmark_confirmed *confirmed)
{
	struct bitmark_confirmed c;
	bitmark_status status;

	status = bm_record_at(&s->txn, place, &c.record, &c.packed);
	if (status != BITMARK_OK)
		return status;
	c.struct_size = sizeof c;
	c.number = place->block;
	c.offset = (size_t)place->offset;
	if (place->offset == BITMARK_HEADER_SIZE)
		status = all_base_records(s, &c);
	if (status == BITMARK_OK)
		*confirmed = c;
	return status;
}

/* A base record has no id of its own: it is filed under one made of the block's
 * digest and number. */
bitmark_status
bm_confirmed_id(struct bitmark_snapshot *s,
    const struct bitmark_confirmed *confirmed, uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct bm_height height;
	bitmark_status status;

	if (confirmed->offset != BITMARK_HEADER_SIZE) {
		bitmark_tx_id(confirmed->packed.data, confirmed->packed.size,
		    id);
		return BITMARK_OK;
	}
	status = bm_promised(bm_get_height(&s->txn, confirmed->number,
	    &height));
	if (status == BITMARK_OK)
		bitmark_foundation_id(height.digest, confirmed->number, id);
	return status;
}

/* The id is made again from the record that was found.  A comparison costs one
 * hash, and a damaged index would otherwise answer with another record. */
bitmark_status
bitmark_snapshot_transaction(struct bitmark_snapshot *snapshot,
    const uint8_t id[BITMARK_TX_ID_SIZE], struct bitmark_confirmed *confirmed)
{
	uint8_t found[BITMARK_TX_ID_SIZE];
	struct bitmark_confirmed c;
	struct bm_tx tx;
	bitmark_status status;

	if (!BM_FITS(bitmark_confirmed, confirmed))
		return BITMARK_E_ARGUMENT;
	status = bm_get_tx(&snapshot->txn, id, &tx);
	if (status == BITMARK_OK)
		status = bm_confirmed_at(snapshot, &tx.place, &c);
	if (status == BITMARK_OK)
		status = bm_confirmed_id(snapshot, &c, found);
	if (status != BITMARK_OK)
		return status;
	if (memcmp(found, id, sizeof found) != 0)
		return BITMARK_E_STORE_CORRUPT;
	return BM_OUT(bitmark_confirmed, confirmed, &c);
}

/* A scan of the further places of one id. */
struct copies {
	struct bitmark_copy *items;
	size_t capacity, count;
	uint64_t pass;                  /* over that many */
};

/* bm_row_fn.  BITMARK_E_SPACE only ends the scan. */
static bitmark_status
on_copy_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct copies *copies = user;
	struct bitmark_copy found = { .struct_size = sizeof found }, *item;
	struct bm_copy copy;
	bitmark_status status = bm_decode_copy(key, value, &copy);

	if (status != BITMARK_OK)
		return status;
	if (copies->pass != 0) {
		copies->pass--;
		return BITMARK_OK;
	}
	if (copies->count == copies->capacity)
		return BITMARK_E_SPACE;
	found.number = copy.place.block;
	found.offset = (size_t)copy.place.offset;
	item = bm_sized_at(copies->items, copies->count++);
	item->struct_size = copies->items->struct_size;
	return BM_OUT(bitmark_copy, item, &found);
}

bitmark_status
bitmark_snapshot_copies(struct bitmark_snapshot *snapshot,
    const uint8_t id[BITMARK_TX_ID_SIZE], uint64_t start,
    struct bitmark_copy *items, size_t capacity, size_t *count)
{
	struct copies copies = { items, capacity, 0, start };
	bitmark_status status;

	if (capacity != 0 && !BM_FITS(bitmark_copy, items))
		return BITMARK_E_ARGUMENT;
	status = bm_scan(&snapshot->txn, BM_TABLE_COPIES,
	    (struct bitmark_span){ id, BITMARK_TX_ID_SIZE },
	    BITMARK_TX_ID_SIZE, on_copy_row, &copies);
	if (status == BITMARK_E_SPACE)
		status = BITMARK_OK;
	if (status == BITMARK_OK)
		*count = copies.count;
	return status;
}

/* As in bitmark_snapshot_transaction, the id is computed again from the record
 * that was found. */
bitmark_status
bitmark_snapshot_asset(struct bitmark_snapshot *snapshot,
    const uint8_t id[BITMARK_ASSET_ID_SIZE],
    struct bitmark_confirmed *confirmed)
{
	uint8_t found[BITMARK_ASSET_ID_SIZE];
	struct bitmark_confirmed c;
	struct bm_place place;
	bitmark_status status;

	if (!BM_FITS(bitmark_confirmed, confirmed))
		return BITMARK_E_ARGUMENT;
	status = bm_get_asset(&snapshot->txn, id, &place);
	if (status == BITMARK_OK)
		status = bm_confirmed_at(snapshot, &place, &c);
	if (status != BITMARK_OK)
		return status;
	if (c.record.tag != BITMARK_RECORD_ASSET)
		return BITMARK_E_STORE_CORRUPT;
	bitmark_asset_id(c.record.asset.fingerprint, found);
	if (memcmp(found, id, sizeof found) != 0)
		return BITMARK_E_STORE_CORRUPT;
	return BM_OUT(bitmark_confirmed, confirmed, &c);
}

/* Only foundations and owner transfers carry a block; an item of another kind
 * is not found. */
bitmark_status
bitmark_snapshot_owned_block(struct bitmark_snapshot *snapshot,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], uint64_t *number)
{
	struct bm_tx tx;
	bitmark_status status = bm_get_tx(&snapshot->txn, tx_id, &tx);

	if (status != BITMARK_OK)
		return status;
	if (tx.owned_block == 0)
		return BITMARK_E_NOT_FOUND;
	*number = tx.owned_block;
	return BITMARK_OK;
}

/* The map of the owner transfer that last replaced it.  It was valid when its
 * block was stored, so any error here is damage. */
static bitmark_status
replaced_payments(struct bitmark_snapshot *s, const struct bm_place *place,
    uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX], size_t *size)
{
	struct bitmark_record record;
	bitmark_status status;

	status = bm_record_at(&s->txn, place, &record, NULL);
	if (status != BITMARK_OK)
		return status;
	if (record.tag != BITMARK_RECORD_OWNER_TRANSFER)
		return BITMARK_E_STORE_CORRUPT;
	status = bitmark_payments_pack(s->store->rules,
	    &record.owner_transfer.payments, s->store->params->network,
	    packed, size);
	return status == BITMARK_OK ? BITMARK_OK : BITMARK_E_STORE_CORRUPT;
}

/* The map that the block came with, made of its base records each time: few are
 * ever asked for. */
static bitmark_status
own_payments(struct bitmark_snapshot *s, uint64_t number,
    uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX], size_t *size)
{
	struct bitmark_span block;
	struct bm_base base;
	bitmark_status status;

	status = bitmark_snapshot_block(s, number, &block);
	if (status != BITMARK_OK)
		return status;
	status = bm_base_read(s->store, block, &base);
	if (status != BITMARK_OK)
		return BITMARK_E_STORE_CORRUPT;
	memcpy(packed, base.payments, base.payments_size);
	*size = base.payments_size;
	return BITMARK_OK;
}

/* Most blocks never change hands: they have no row, and their own base records
 * answer. */
bitmark_status
bitmark_snapshot_payments(struct bitmark_snapshot *snapshot, uint64_t number,
    uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX], size_t *size)
{
	struct bm_place place;
	bitmark_status status;

	status = bm_get_payments(&snapshot->txn, number, &place);
	if (status == BITMARK_OK)
		return replaced_payments(snapshot, &place, packed, size);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	return own_payments(snapshot, number, packed, size);
}
