/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
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
#include "chain/shares.h"

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

/* A record that is being applied. */
struct step {
	struct bm_txn *t;
	const struct bm_checked_block *block;
	size_t index;                   /* in the block */
	const struct bitmark_record *record;
	const uint8_t *id;
	struct bm_place place;
};

/* File one more place of an id that was filed before. ${first} is its row, and
 * ${position} the item that comes with it, or NULL. */
static bitmark_status
file_copy(struct bm_txn *t, const uint8_t id[BITMARK_TX_ID_SIZE],
    const struct bm_place *place, struct bm_tx *first,
    const struct bm_holder *position)
{
	const struct bm_copy copy = { *place, position != NULL, first->n };
	bitmark_status status = bm_put_copy(t, id, &copy);

	if (status != BITMARK_OK || (first->copied && position == NULL))
		return status;
	first->copied = true;
	if (position != NULL)
		first->n = position->next;
	return bm_put_tx(t, id, first);
}

/* ${account} comes to own ${item} by transaction ${id}, whose place is in
 * ${tx}. The transaction's row says at which position of whose list the item
 * is, and the item's row says where it was issued and last transferred: so one
 * row answers each question of a user. */
static bitmark_status
acquire(struct bm_txn *t, const struct bitmark_account *account,
    const uint8_t id[BITMARK_TX_ID_SIZE], struct bm_tx *tx,
    const struct bm_item *item)
{
	struct bm_holder position;
	struct bm_tx filed;
	bitmark_status status = take_position(t, account, &position);

	if (status != BITMARK_OK)
		return status;
	tx->owner = position.owner;
	tx->n = position.next;
	filed = *tx;
	status = bm_put_new_tx(t, id, &filed);
	if (status == BITMARK_E_TX_EXISTS)
		status = file_copy(t, id, &tx->place, &filed, &position);
	if (status == BITMARK_OK)
		status = bm_put_item(t, tx->owner, tx->n, item);
	return status;
}

/* Only the first registration is stored. */
static bitmark_status
apply_asset(const struct step *step)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bm_place first;
	bitmark_status status = bm_find_asset(step->t, &step->record->asset,
	    id, &first);

	return status == BITMARK_E_NOT_FOUND ?
	    bm_put_asset(step->t, id, &step->place) : status;
}

/* Blocks of version 1 may repeat an issue, and one block of any version may have
 * the same twice: the first copy stays, as in bitmarkd. */
static bitmark_status
apply_issue(const struct step *step)
{
	const struct bm_item item = {
		.kind = BITMARK_ITEM_ASSET,
		.issue = step->place,
	};
	struct bm_tx tx;
	bitmark_status status = bm_get_tx(step->t, step->id, &tx);

	if (status == BITMARK_OK)
		return file_copy(step->t, step->id, &step->place, &tx, NULL);
	if (status != BITMARK_E_NOT_FOUND)
		return status;
	tx = (struct bm_tx){ .place = step->place };
	return acquire(step->t, &step->record->issue.owner, step->id, &tx,
	    &item);
}

/* Find the item as the first record of the block that spends the link has
 * received it, which is what the link had. */
static bitmark_status
find_shared_item(const struct step *step, const uint8_t *link,
    struct bm_item *item)
{
	for (size_t i = 0; i < step->index; i++) {
		const struct bitmark_record *r = &step->block->record[i].record;
		const uint8_t *other = bitmark_record_link(r);
		struct bm_tx tx;
		bitmark_status status;

		if (other == NULL ||
		    memcmp(other, link, BITMARK_TX_ID_SIZE) != 0)
			continue;
		status = bm_get_tx(step->t, bm_check_id(step->block, i), &tx);
		if (status == BITMARK_OK)
			status = bm_get_item(step->t, tx.owner, tx.n, item);
		if (status == BITMARK_OK && item->kind == BITMARK_ITEM_SHARE)
			item->kind = BITMARK_ITEM_ASSET;
		return status;
	}
	return BITMARK_E_STORE_CORRUPT;         /* it was spent long ago */
}

/* Take the item from its holder by the link. ${from} is the link's row as it
 * was. */
static bitmark_status
take_item(const struct step *step, struct bm_tx *from, struct bm_item *item)
{
	const uint8_t *link = bitmark_record_link(step->record);
	struct bm_tx spent;
	bitmark_status status = bm_get_tx(step->t, link, from);

	if (status == BITMARK_OK && from->spent &&
	    step->t->store->rules->link_twice_in_block)
		return find_shared_item(step, link, item);
	if (status == BITMARK_OK && !from->spent)
		status = bm_take_item(step->t, from->owner, from->n, item);
	else if (status == BITMARK_OK)
		status = BITMARK_E_STORE_CORRUPT;
	if (status != BITMARK_OK)
		return status;
	spent = *from;
	spent.spent = true;
	spent.next = step->place;
	if (step->record->tag == BITMARK_RECORD_OWNER_TRANSFER &&
	    step->t->store->rules->owner_transfer_moves)
		spent.owned_block = 0;
	return bm_put_tx(step->t, link, &spent);
}

/* The item leaves the list of one owner and enters that of another. Its kind
 * and its issue stay. */
static bitmark_status
apply_transfer(const struct step *step, struct bm_tx *tx)
{
	struct bm_tx from;
	struct bm_item item;
	bitmark_status status = take_item(step, &from, &item);

	if (status != BITMARK_OK)
		return status;
	item.last = step->place;
	*tx = (struct bm_tx){ .place = step->place, .shared = from.spent };
	if (step->record->tag == BITMARK_RECORD_OWNER_TRANSFER)
		tx->owned_block = item.issue.block;
	return acquire(step->t, bitmark_record_owner(step->record), step->id,
	    tx, &item);
}

/* From now on fees for the block go to its new owner. */
static bitmark_status
apply_owner_transfer(const struct step *step)
{
	struct bm_txn *t = step->t;
	struct bm_tx tx;
	uint64_t count;
	bitmark_status status = apply_transfer(step, &tx);

	if (status == BITMARK_OK)
		status = bm_put_payments(t, tx.owned_block, &step->place);
	if (status == BITMARK_OK)
		status = bm_get_counter(t, BM_META_OWNER_TRANSFERS, &count);
	if (status == BITMARK_OK)
		status = bm_put_counter(t, BM_META_OWNER_TRANSFERS, count + 1);
	return status;
}

/* The bitmark stays with its owner, at a new position and as another kind; its
 * issue id becomes the id of the shares. */
static bitmark_status
apply_share(const struct step *step)
{
	struct bm_tx from, tx = { .place = step->place, .ends = true };
	uint8_t share_id[BITMARK_TX_ID_SIZE];
	struct bitmark_account owner;
	struct bm_item item;
	bitmark_status status = take_item(step, &from, &item);

	if (status == BITMARK_OK)
		status = bm_owner_at(step->t, &from.place, &owner);
	if (status == BITMARK_OK)
		status = bm_tx_id_at(step->t, &item.issue, share_id);
	if (status != BITMARK_OK)
		return status;
	tx.shared = from.spent;
	item.kind = BITMARK_ITEM_SHARE;
	item.last = step->place;
	status = acquire(step->t, &owner, step->id, &tx, &item);
	return status == BITMARK_OK ? bm_shares_make(step->t,
	    &(struct bm_pair){ tx.owner, share_id },
	    step->record->share.quantity, &step->place) : status;
}

/* The same grant or swap may be confirmed several times. */
static bitmark_status
apply_movement(const struct step *step)
{
	struct bm_tx tx = { .place = step->place, .ends = true,
		.moves_shares = true };
	bitmark_status status = bm_put_new_tx(step->t, step->id, &tx);

	if (status == BITMARK_E_TX_EXISTS)
		status = file_copy(step->t, step->id, &step->place, &tx, NULL);
	return status == BITMARK_OK ? bm_shares_move(step->t, step->record,
	    &step->place) : status;
}

/* Every tag is named, so that a new one cannot be forgotten here. */
static bitmark_status
apply_record(const struct step *step)
{
	switch (step->record->tag) {
	case BITMARK_RECORD_ASSET:
		return apply_asset(step);
	case BITMARK_RECORD_ISSUE:
		return apply_issue(step);
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
		return apply_transfer(step, &(struct bm_tx){ 0 });
	case BITMARK_RECORD_OWNER_TRANSFER:
		return apply_owner_transfer(step);
	case BITMARK_RECORD_SHARE:
		return apply_share(step);
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		return apply_movement(step);
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
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
		const struct step step = {
			.t = t,
			.block = block,
			.index = i,
			.record = &r->record,
			.id = bm_check_id(block, i),
			.place = { block->header.number,
			    (uint64_t)(r->packed.data - block->packed.data) },
		};

		if (!bm_is_base(&r->record))
			status = apply_record(&step);
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

/* The height and the block itself are written last: a store that has the newest
 * height has all of its block. */
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
