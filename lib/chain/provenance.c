/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Where a transaction comes from, step by step, back to its beginning. */
#include <bitmarkpeer/shares.h>

#include <string.h>

#include "chain/env.h"

/* The last step: the asset of an issue, when it is registered. */
static bitmark_status
asset_of_issue(struct bitmark_snapshot *s, const struct bitmark_issue *issue,
    bitmark_provenance_fn each, void *user)
{
	struct bitmark_confirmed asset = { .struct_size = sizeof asset };
	bitmark_status status;

	status = bitmark_snapshot_asset(s, issue->asset_id, &asset);
	if (status == BITMARK_OK)
		each(user, issue->asset_id, &asset);
	return status == BITMARK_E_NOT_FOUND ? BITMARK_OK : status;
}

/* The transaction before this one, which is NULL for an issue and a foundation.
 * Shares that are moved come from the record that made them: of a swap, those
 * that its first owner gives. */
static bitmark_status
find_before(struct bitmark_snapshot *s, const struct bitmark_record *record,
    uint8_t id[BITMARK_TX_ID_SIZE], bool *found)
{
	struct bitmark_share_total share = { .struct_size = sizeof share };
	const uint8_t *link = bitmark_record_link(record);
	bitmark_status status = BITMARK_OK;

	*found = true;
	if (record->tag == BITMARK_RECORD_GRANT ||
	    record->tag == BITMARK_RECORD_SWAP) {
		status = bm_promised(bitmark_snapshot_share(s,
		    record->tag == BITMARK_RECORD_GRANT ?
		    record->grant.share_id : record->swap.share_id_one,
		    &share));
		memcpy(id, share.tx_id, sizeof share.tx_id);
	} else if (link != NULL) {
		memcpy(id, link, BITMARK_TX_ID_SIZE);   /* out of the record */
	} else {
		*found = false;
	}
	return status;
}

/* This ends: an id is the hash of a record that has the next id in it. */
bitmark_status
bitmark_snapshot_provenance(struct bitmark_snapshot *snapshot,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], bitmark_provenance_fn each,
    void *user)
{
	uint8_t id[BITMARK_TX_ID_SIZE];
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	bool found;
	bitmark_status status;

	memcpy(id, tx_id, sizeof id);
	status = bitmark_snapshot_transaction(snapshot, id, &c);
	while (status == BITMARK_OK) {
		if (each(user, id, &c) != 0)
			return BITMARK_OK;
		if (c.record.tag == BITMARK_RECORD_ISSUE)
			return asset_of_issue(snapshot, &c.record.issue, each,
			    user);
		status = find_before(snapshot, &c.record, id, &found);
		if (status != BITMARK_OK || !found)
			return status;
		status = bm_promised(bitmark_snapshot_transaction(snapshot,
		    id, &c));
	}
	return status;
}
