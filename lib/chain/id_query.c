/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Ids by what they begin with: the tables are in the order of their ids. */
#include <bitmarkpeer/chain.h>

#include <string.h>

#include "chain/env.h"
#include "chain/snapshot.h"
#include "chain/table.h"

/* The ids of a table that are found. */
struct ids {
	uint8_t *out;
	size_t size;                    /* of one                     */
	size_t capacity, count;
};

/* bm_row_fn.  BITMARK_E_SPACE only ends the scan. */
static bitmark_status
on_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct ids *ids = user;

	(void)value;
	if (key.size != ids->size)
		return BITMARK_E_STORE_CORRUPT;
	if (ids->count == ids->capacity)
		return BITMARK_E_SPACE;
	memcpy(ids->out + ids->size * ids->count++, key.data, key.size);
	return BITMARK_OK;
}

/* A key of LMDB has a bound, which a long prefix could pass. */
static bitmark_status
find(struct bitmark_snapshot *s, enum bm_table table,
    struct bitmark_span prefix, struct ids *ids)
{
	bitmark_status status;

	if (prefix.size > ids->size)
		return BITMARK_OK;
	status = bm_scan(&s->txn, table, prefix, prefix.size, on_row, ids);
	return status == BITMARK_E_SPACE ? BITMARK_OK : status;
}

bitmark_status
bitmark_snapshot_transaction_ids(struct bitmark_snapshot *snapshot,
    struct bitmark_span prefix, uint8_t *ids, size_t capacity, size_t *count)
{
	struct ids found = { ids, BITMARK_TX_ID_SIZE, capacity, 0 };
	bitmark_status status = find(snapshot, BM_TABLE_TXS, prefix, &found);

	*count = found.count;
	return status;
}

bitmark_status
bitmark_snapshot_asset_ids(struct bitmark_snapshot *snapshot,
    struct bitmark_span prefix, uint8_t *ids, size_t capacity, size_t *count)
{
	struct ids found = { ids, BITMARK_ASSET_ID_SIZE, capacity, 0 };
	bitmark_status status = find(snapshot, BM_TABLE_ASSETS, prefix,
	    &found);

	*count = found.count;
	return status;
}
