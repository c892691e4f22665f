/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Taking back the effects of the newest blocks: their records in the reverse of
 * the order in which apply.c took them, so that every row becomes what it was.
 *
 * No log of what a block has changed is kept.  It is not needed: the row of a
 * transaction still says where the item was before it moved on, and the record
 * says to which transaction it links.
 */
#include "chain/undo.h"

#include "chain/env.h"
#include "chain/read.h"
#include "chain/runs.h"
#include "chain/shares.h"
#include "chain/undo_gather.h"

/* A row that must exist is missing, or is not the one that the block made. */
static bitmark_status
corrupt_unless(bool sound)
{
	return sound ? BITMARK_OK : BITMARK_E_STORE_CORRUPT;
}

/* Give the newest position of an account back; the first one makes it unknown
 * again, and its number free, unless it holds shares. */
static bitmark_status
give_position(struct bm_txn *t, const struct bitmark_account *account,
    const struct bm_tx *tx)
{
	struct bm_holder owner;
	uint64_t owners;
	bool has_held = false;
	bitmark_status status = bm_get_owner(t, account, &owner);

	if (status == BITMARK_OK)
		status = corrupt_unless(owner.owner == tx->owner &&
		    owner.next == tx->n + 1);
	if (status != BITMARK_OK)
		return status;
	owner.next--;
	if (owner.next == 0)
		status = bm_shares_has_held(t, owner.owner, &has_held);
	if (status != BITMARK_OK)
		return status;
	if (owner.next != 0 || has_held)
		return bm_put_owner(t, account, &owner);

	status = bm_rows(t, BM_TABLE_ACCOUNTS, &owners);
	if (status == BITMARK_OK)
		status = corrupt_unless(owner.owner + 1 == owners);
	return status == BITMARK_OK ? bm_del_owner(t, account) : status;
}

/* ${account} never came to own the item: the opposite of acquire in apply.c. */
static bitmark_status
release(struct bm_txn *t, const struct bitmark_account *account,
    const struct bm_tx *tx, struct bm_item *item)
{
	bitmark_status status = corrupt_unless(!tx->spent);

	if (status == BITMARK_OK)
		status = bm_take_item(t, tx->owner, tx->n, item);
	if (status == BITMARK_OK)
		status = give_position(t, account, tx);
	return status;
}

/* Only the first of several registrations was stored. */
static bitmark_status
undo_asset(struct bm_txn *t, const struct bitmark_asset *asset,
    const struct bm_place *place)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bm_place first;
	bitmark_status status = bm_find_asset(t, asset, id, &first);

	if (status != BITMARK_OK || !bm_same_place(&first, place))
		return status;
	return bm_del(t, BM_TABLE_ASSETS, id, sizeof id);
}

/* A copy of an issue that was stored before has made nothing. */
static bitmark_status
undo_issue(struct bm_txn *t, const struct bitmark_issue *issue,
    const struct bm_undo_step *step)
{
	struct bm_item item;

	return step->taken ? release(t, &issue->owner, &step->tx, &item) :
	    BITMARK_OK;
}

/* Give the item back to its holder by the transaction with row ${from}. That
 * transaction is then the item's last transfer, unless it made the item. A
 * bitmark that became shares is a bitmark again. */
static bitmark_status
hold_again(struct bm_txn *t, enum bitmark_record_tag tag, struct bm_tx *from,
    struct bm_item *item)
{
	bitmark_status status = corrupt_unless(from->spent);

	if (status != BITMARK_OK)
		return status;
	from->spent = false;
	from->next = (struct bm_place){ 0, 0 };
	if (tag == BITMARK_RECORD_OWNER_TRANSFER)
		from->owned_block = item->issue.block;
	if (tag == BITMARK_RECORD_SHARE)
		item->kind = BITMARK_ITEM_ASSET;
	item->last = bm_same_place(&from->place, &item->issue) ?
	    (struct bm_place){ 0, 0 } : from->place;
	return bm_put_item(t, from->owner, from->n, item);
}

/* The row of the linked transaction is in the table, unless its block is undone
 * as well: then it was taken out already, and waits in its step. */
static bitmark_status
return_item(struct bm_undoing *u, const struct bitmark_record *record,
    struct bm_item *item)
{
	const uint8_t *link = bitmark_record_link(record);
	struct bm_undo_step *step = bm_undo_find(u, link);
	struct bm_tx from;
	bitmark_status status;

	if (step != NULL)               /* the next to be undone, or later */
		return hold_again(u->t, record->tag, &step->tx, item);
	status = bm_get_tx(u->t, link, &from);
	if (status == BITMARK_OK)
		status = hold_again(u->t, record->tag, &from, item);
	return status == BITMARK_OK ? bm_put_tx(u->t, link, &from) : status;
}

/* Fees for the block go where they went before.  Several records of one block
 * may have replaced them; the row goes with the last. */
static bitmark_status
undo_payments(struct bm_txn *t, uint64_t owned_block,
    const struct bm_undo_step *step)
{
	struct bm_place place;
	uint64_t count;
	bitmark_status status = bm_get_payments(t, owned_block, &place);

	if (status == BITMARK_OK && place.block == step->place.block)
		status = bm_del_payments(t, owned_block, place.block);
	if (status == BITMARK_E_NOT_FOUND)
		status = BITMARK_OK;
	if (status == BITMARK_OK)
		status = bm_get_counter(t, BM_META_OWNER_TRANSFERS, &count);
	if (status == BITMARK_OK)
		status = corrupt_unless(count != 0);
	if (status == BITMARK_OK)
		status = bm_put_counter(t, BM_META_OWNER_TRANSFERS, count - 1);
	return status;
}

/* A copy stands in the block of its first record, whose row was taken out with
 * its own and has the newest position: that goes, and the one before it counts
 * again.  Nothing moved. */
static bitmark_status
release_copy(struct bm_undoing *u, const struct bitmark_account *account,
    const struct bm_undo_step *step, struct bm_item *item)
{
	struct bm_undo_step *first = bm_undo_find(u, step->id);
	bitmark_status status = corrupt_unless(first != NULL &&
	    step->copy.has_item);

	if (status == BITMARK_OK)
		status = release(u->t, account, &first->tx, item);
	if (status == BITMARK_OK)
		first->tx.n = step->copy.n_before;
	return status;
}

/* The item goes from the new owner's list back to the old owner's, at the place
 * that it had there, unless another record had taken it from there before. */
static bitmark_status
undo_holding(struct bm_undoing *u, const struct bitmark_record *record,
    const struct bitmark_account *account, const struct bm_undo_step *step,
    struct bm_item *item)
{
	bitmark_status status;

	if (!step->taken)
		return release_copy(u, account, step, item);
	status = release(u->t, account, &step->tx, item);
	return status == BITMARK_OK && !step->tx.shared ?
	    return_item(u, record, item) : status;
}

static bitmark_status
undo_transfer(struct bm_undoing *u, const struct bitmark_record *record,
    const struct bm_undo_step *step)
{
	struct bm_item item;
	bitmark_status status = undo_holding(u, record,
	    bitmark_record_owner(record), step, &item);

	if (status == BITMARK_OK &&
	    record->tag == BITMARK_RECORD_OWNER_TRANSFER)
		status = undo_payments(u->t, item.issue.block, step);
	return status;
}

/* The row of the linked transaction, wherever it is now. */
static bitmark_status
find_link(const struct bm_undoing *u, const uint8_t *link, struct bm_tx *from)
{
	const struct bm_undo_step *step = bm_undo_find(u, link);

	if (step == NULL)
		return bm_get_tx(u->t, link, from);
	*from = step->tx;
	return BITMARK_OK;
}

static bitmark_status
undo_share(struct bm_undoing *u, const struct bitmark_record *record,
    const struct bm_undo_step *step)
{
	uint8_t share_id[BITMARK_TX_ID_SIZE];
	struct bitmark_account owner;
	struct bm_holder holder;
	struct bm_tx from;
	struct bm_item item;
	bitmark_status status = find_link(u, record->share.link, &from);

	if (status == BITMARK_OK)
		status = bm_owner_at(u->t, &from.place, &owner);
	if (status == BITMARK_OK)
		status = bm_get_owner(u->t, &owner, &holder);
	if (status == BITMARK_OK)
		status = undo_holding(u, record, &owner, step, &item);
	if (status == BITMARK_OK)
		status = bm_tx_id_at(u->t, &item.issue, share_id);
	return status == BITMARK_OK ? bm_shares_unmake(u->t,
	    &(struct bm_pair){ holder.owner, share_id }, &step->place) :
	    status;
}

/* The record is parsed a second time here.  To keep what was parsed when the
 * steps were made would take three times the memory of the steps. */
static bitmark_status
undo_record(struct bm_undoing *u, const struct bm_undo_block *b,
    const struct bm_undo_step *step)
{
	const struct bm_store *store = u->t->store;
	struct bitmark_record record;
	size_t size;
	bitmark_status status = bitmark_record_parse(store->rules,
	    b->copy->data + step->place.offset,
	    (size_t)(b->copy->size - step->place.offset),
	    store->params->network, &record, &size);

	if (status != BITMARK_OK)
		return status;
	switch (record.tag) {
	case BITMARK_RECORD_ASSET:
		return undo_asset(u->t, &record.asset, &step->place);
	case BITMARK_RECORD_ISSUE:
		return undo_issue(u->t, &record.issue, step);
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
		return undo_transfer(u, &record, step);
	case BITMARK_RECORD_SHARE:
		return undo_share(u, &record, step);
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
		return bm_shares_move_back(u->t, &record, &step->place);
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
		break;
	}
	return BITMARK_E_STORE_CORRUPT;
}

/* Later owners of the block got it by later blocks, which are undone already.
 */
static bitmark_status
undo_ownership(struct bm_txn *t, const struct bm_undo_block *b)
{
	const struct bm_undo_step *step = b->step;
	struct bm_item item;
	bitmark_status status = corrupt_unless(step->taken);

	return status == BITMARK_OK ?
	    release(t, &b->owner, &step->tx, &item) : status;
}

/* The block as an item was made last, so it goes first; then its records, the
 * last one first. */
static bitmark_status
undo_block(struct bm_undoing *u, const struct bm_undo_block *b)
{
	bitmark_status status = undo_ownership(u->t, b);

	for (size_t i = 1; status == BITMARK_OK && i < b->count; i++)
		status = undo_record(u, b, &b->step[i]);
	if (status == BITMARK_OK)
		status = bm_del_number(u->t, BM_TABLE_HEIGHTS,
		    b->copy->number);
	if (status == BITMARK_OK)
		status = bm_del_block(u->t, b->copy->number);
	return status;
}

/* Any error makes the caller abort the transaction, so nothing is half undone.
 */
bitmark_status
bm_undo(struct bm_txn *t, const struct bm_removed_list *blocks)
{
	struct bm_undoing u = { .t = t };
	bitmark_status status = bm_undo_gather(&u, blocks);

	for (size_t i = 0; status == BITMARK_OK && i < u.block_count; i++)
		status = undo_block(&u, &u.block[i]);
	bm_undo_release(&u);
	return bm_store_error(status);
}
