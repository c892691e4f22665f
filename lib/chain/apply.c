/*
 * The block was verified, so a row that is missing here, or in the way, means
 * that the store is damaged.  Each effect has its counterpart in undo.c, which
 * takes it back by the same rows.
 */
#include "chain/apply.h"

#include <string.h>

#include "chain/env.h"
#include "chain/proof.h"
#include "chain/read.h"
#include "chain/runs.h"

/* Numbers of owners, and of the items of each, end below this. */
#define NUMBERS_MAX UINT32_MAX

/* The next position of an account's list.  A new owner gets the number of
 * accounts as its number: accounts are removed only in the reverse order in
 * which they came, so numbers have no gaps. */
static bitmark_status
take_position(struct bm_txn *t, const struct bitmark_account *account,
    struct bm_holder *position)
{
	struct bm_holder after;
	bitmark_status status = bm_get_owner(t, account, position);

	if (status == BITMARK_E_NOT_FOUND) {
		position->next = 0;
		status = bm_rows(t, BM_TABLE_ACCOUNTS, &position->owner);
	}
	if (status == BITMARK_OK && (position->owner >= NUMBERS_MAX ||
	    position->next >= NUMBERS_MAX))
		status = BITMARK_E_STORE_FULL;
	if (status != BITMARK_OK)
		return status;
	after = *position;
	after.next++;
	return bm_put_owner(t, account, &after);
}

/*
 * ${account} comes to own ${item} by transaction ${id}; ${tx} says where that
 * is.  The transaction's row tells at which position of whose list the item is,
 * and the item's row tells where it was issued and last transferred: each
 * question that a user asks is answered by one row.
 */
static bitmark_status
acquire(struct bm_txn *t, const struct bitmark_account *account,
    const uint8_t id[BITMARK_TX_ID_SIZE], struct bm_tx *tx,
    const struct bm_item *item)
{
	struct bm_holder position;
	bitmark_status status = take_position(t, account, &position);

	if (status != BITMARK_OK)
		return status;
	tx->owner = position.owner;
	tx->n = position.next;
	status = bm_put_tx(t, id, tx);
	if (status == BITMARK_OK)
		status = bm_put_item(t, tx->owner, tx->n, item);
	return status;
}

/* The first registration stays. */
static bitmark_status
apply_asset(struct bm_txn *t, const struct bitmark_asset *asset,
    const struct bm_place *place)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bm_place first;
	bitmark_status status = bm_find_asset(t, asset, id, &first);

	return status == BITMARK_E_NOT_FOUND ? bm_put_asset(t, id, place) :
	    status;
}

/* Blocks of version 1 may repeat an issue: the first copy stays, as in v8.2. */
static bitmark_status
apply_issue(struct bm_txn *t, const struct bitmark_issue *issue,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_place *place)
{
	const struct bm_item item = {
		.kind = BITMARK_ITEM_ASSET,
		.issue = *place,
	};
	struct bm_tx tx;
	bitmark_status status = bm_get_tx(t, id, &tx);

	if (status != BITMARK_E_NOT_FOUND)
		return status;          /* the first copy stays */
	tx = (struct bm_tx){ .place = *place };
	return acquire(t, &issue->owner, id, &tx, &item);
}

/* Take the item from whoever holds it by ${link}; ${from} is the row of the
 * link as it was. */
static bitmark_status
take_item(struct bm_txn *t, const uint8_t link[BITMARK_TX_ID_SIZE],
    struct bm_tx *from, struct bm_item *item)
{
	struct bm_tx spent;
	bitmark_status status = bm_get_tx(t, link, from);

	if (status == BITMARK_OK && !from->spent)
		status = bm_take_item(t, from->owner, from->n, item);
	else if (status == BITMARK_OK)
		status = BITMARK_E_STORE_CORRUPT;
	if (status != BITMARK_OK)
		return status;
	spent = *from;
	spent.spent = true;
	return bm_put_tx(t, link, &spent);
}

/* The item leaves the list of one owner and enters that of another; what it is,
 * and where it was issued, stays. */
static bitmark_status
apply_transfer(struct bm_txn *t, const struct bitmark_record *record,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_place *place,
    struct bm_tx *tx)
{
	struct bm_tx from;
	struct bm_item item;
	bitmark_status status = take_item(t, bitmark_record_link(record),
	    &from, &item);

	if (status != BITMARK_OK)
		return status;
	item.last = *place;
	*tx = (struct bm_tx){ .place = *place };
	if (record->tag == BITMARK_RECORD_OWNER_TRANSFER)
		tx->owned_block = from.owned_block;
	return acquire(t, bitmark_record_owner(record), id, tx, &item);
}

/* The new owner of a block is paid from now on. */
static bitmark_status
apply_owner_transfer(struct bm_txn *t, const struct bitmark_record *record,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_place *place)
{
	struct bm_tx tx;
	uint64_t count;
	bitmark_status status = apply_transfer(t, record, id, place, &tx);

	if (status == BITMARK_OK)
		status = bm_put_payments(t, tx.owned_block, place);
	if (status == BITMARK_OK)
		status = bm_get_counter(t, BM_META_OWNER_TRANSFERS, &count);
	if (status == BITMARK_OK)
		status = bm_put_counter(t, BM_META_OWNER_TRANSFERS, count + 1);
	return status;
}

/* Every tag is named, so that a new one cannot be forgotten here. */
static bitmark_status
apply_record(struct bm_txn *t, const struct bitmark_record *record,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_place *place)
{
	switch (record->tag) {
	case BITMARK_RECORD_ASSET:
		return apply_asset(t, &record->asset, place);
	case BITMARK_RECORD_ISSUE:
		return apply_issue(t, &record->issue, id, place);
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return apply_transfer(t, record, id, place,
		    &(struct bm_tx){ 0 });
	case BITMARK_RECORD_OWNER_TRANSFER:
		return apply_owner_transfer(t, record, id, place);
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		break;
	}
	return BITMARK_E_STORE_CORRUPT;         /* was it verified? */
}

/* The base records are applied as the block's ownership. */
static bitmark_status
apply_records(struct bm_txn *t, const struct bm_checked_block *block)
{
	bitmark_status status = BITMARK_OK;

	for (size_t i = 0; status == BITMARK_OK && i < block->count; i++) {
		const struct bm_checked_record *r = &block->record[i];
		const struct bm_place place = {
			.block = block->header.number,
			.offset = (uint64_t)(r->packed.data -
			    block->packed.data),
		};

		if (!bm_is_base(&r->record))
			status = apply_record(t, &r->record,
			    bm_check_id(block, i), &place);
	}
	return status;
}

/* The block itself is an item, the last that the block makes. */
static bitmark_status
apply_ownership(struct bm_txn *t, const struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const uint64_t number = block->header.number;
	const struct bm_place place = { number, BITMARK_HEADER_SIZE };
	const struct bm_item item = {
		.kind = BITMARK_ITEM_BLOCK,
		.issue = place,
	};
	struct bm_tx tx = { .place = place, .owned_block = number };
	uint8_t id[BITMARK_TX_ID_SIZE];

	bitmark_foundation_id(digest, number, id);
	return acquire(t, bitmark_record_owner(&block->record[0].record), id,
	    &tx, &item);
}

/* The height and the block itself come last: a store whose newest height is
 * there has all of its block. */
static bitmark_status
apply_block(struct bm_txn *t, const struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	const uint64_t number = block->header.number;
	struct bm_height height = { .crc = block->crc };
	bitmark_status status = apply_records(t, block);

	memcpy(height.digest, digest, sizeof height.digest);
	if (status == BITMARK_OK)
		status = apply_ownership(t, block, digest);
	if (status == BITMARK_OK)
		status = bm_put_height(t, number, &height);
	if (status == BITMARK_OK)
		status = bm_put_block(t, number, block->packed);
	return status == BITMARK_OK ? bm_proof_added(t, number) : status;
}

bitmark_status
bm_apply(struct bm_txn *t, const struct bm_checked_block *block,
    const uint8_t digest[BITMARK_DIGEST_SIZE])
{
	return bm_store_error(apply_block(t, block, digest));
}
