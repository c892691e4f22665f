/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * From the beginning of an item to the transaction that holds it now: the row of
 * a transaction that is spent says which record has spent it.
 */
#include <string.h>

#include "chain/env.h"
#include "chain/query.h"
#include "chain/read.h"

/* An item begins with an issue or with the foundation of a block. */
static bitmark_status
find_beginning(struct bitmark_snapshot *s,
    const uint8_t id[BITMARK_TX_ID_SIZE], struct bm_tx *tx)
{
	struct bitmark_confirmed c;
	bitmark_status status = bm_get_tx(&s->txn, id, tx);

	if (status == BITMARK_OK)
		status = bm_confirmed_at(s, &tx->place, &c);
	if (status != BITMARK_OK)
		return status;
	return c.record.tag == BITMARK_RECORD_ISSUE ||
	    c.offset == BITMARK_HEADER_SIZE ? BITMARK_OK :
	    BITMARK_E_NOT_FOUND;
}

/* The loop ends, because a record spends only what stands before it. */
static bitmark_status
step_on(struct bitmark_snapshot *s, struct bm_tx *tx,
    uint8_t id[BITMARK_TX_ID_SIZE])
{
	bitmark_status status = bm_tx_id_at(&s->txn, &tx->next, id);

	return status == BITMARK_OK ? bm_promised(bm_get_tx(&s->txn, id, tx)) :
	    status;
}

bitmark_status
bitmark_snapshot_item(struct bitmark_snapshot *snapshot,
    const uint8_t issue_id[BITMARK_TX_ID_SIZE], struct bitmark_owned *owned)
{
	uint8_t id[BITMARK_TX_ID_SIZE];
	struct bitmark_account owner;
	struct bm_tx tx;
	bitmark_status status = find_beginning(snapshot, issue_id, &tx);

	memcpy(id, issue_id, sizeof id);
	while (status == BITMARK_OK && tx.spent)
		status = step_on(snapshot, &tx, id);
	return status == BITMARK_OK ? bm_promised(bitmark_snapshot_ownership(
	    snapshot, id, &owner, owned)) : status;
}
