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
#include "chain/runs.h"
#include "chain/undo_gather.h"

/* A row that must be there is not, or is not what the block made. */
static bitmark_status
corrupt_unless(bool sound)
{
	return sound ? BITMARK_OK : BITMARK_E_STORE_CORRUPT;
}

/* Give the newest position of an account back; the first one makes it unknown
 * again, and its number free. */
static bitmark_status
give_position(struct bm_txn *t, const struct bitmark_account *account,
    const struct bm_tx *tx)
{
	struct bm_holder owner;
	uint64_t owners;
	bitmark_status status = bm_get_owner(t, account, &owner);

	if (status == BITMARK_OK)
		status = corrupt_unless(owner.owner == tx->owner &&
		    owner.next == tx->n + 1);
	if (status != BITMARK_OK)
		return status;
	owner.next--;
	if (owner.next != 0)
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

/* Give the item back to whoever held it by a transaction with row ${from}.
 * Its last transfer is that one again, unless it made the item. */
static bitmark_status
hold_again(struct bm_txn *t, struct bm_tx *from, struct bm_item *item)
{
	bitmark_status status = corrupt_unless(from->spent);

	if (status != BITMARK_OK)
		return status;
	from->spent = false;
	item->last = bm_same_place(&from->place, &item->issue) ?
	    (struct bm_place){ 0, 0 } : from->place;
	return bm_put_item(t, from->owner, from->n, item);
}

/* The row of the linked transaction is in the table, unless its block is undone
 * as well: then it was taken out already, and waits in its step. */
static bitmark_status
return_item(struct bm_undoing *u, const uint8_t link[BITMARK_TX_ID_SIZE],
    struct bm_item *item)
{
	struct bm_undo_step *step = bm_undo_find(u, link);
	struct bm_tx from;
	bitmark_status status;

	if (step != NULL)               /* the next to be undone, or later */
		return hold_again(u->t, &step->tx, item);
	status = bm_get_tx(u->t, link, &from);
	if (status == BITMARK_OK)
		status = hold_again(u->t, &from, item);
	return status == BITMARK_OK ? bm_put_tx(u->t, link, &from) : status;
}

/* Fees for the block go where they went before. */
static bitmark_status
undo_payments(struct bm_txn *t, uint64_t owned_block,
    const struct bm_item *item)
{
	uint64_t count;
	bitmark_status status = item->last.block == 0 ?
	    bm_del_number(t, BM_TABLE_PAYMENTS, owned_block) :
	    bm_put_payments(t, owned_block, &item->last);

	if (status == BITMARK_OK)
		status = bm_get_counter(t, BM_META_OWNER_TRANSFERS, &count);
	if (status == BITMARK_OK)
		status = corrupt_unless(count != 0);
	if (status == BITMARK_OK)
		status = bm_put_counter(t, BM_META_OWNER_TRANSFERS, count - 1);
	return status;
}

/* The item goes from the new owner's list back to the old owner's, at the place
 * that it had there; only then is it known which payments were in force. */
static bitmark_status
undo_transfer(struct bm_undoing *u, const struct bitmark_record *record,
    const struct bm_undo_step *step)
{
	struct bm_item item;
	bitmark_status status = corrupt_unless(step->taken);

	if (status == BITMARK_OK)
		status = release(u->t, bitmark_record_owner(record),
		    &step->tx, &item);
	if (status == BITMARK_OK)
		status = return_item(u, bitmark_record_link(record), &item);
	if (status == BITMARK_OK &&
	    record->tag == BITMARK_RECORD_OWNER_TRANSFER)
		status = undo_payments(u->t, step->tx.owned_block, &item);
	return status;
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
	case BITMARK_RECORD_NULL:
	case BITMARK_RECORD_BASE_DATA:
	case BITMARK_RECORD_FOUNDATION:
	case BITMARK_RECORD_SHARE:
	case BITMARK_RECORD_GRANT:
	case BITMARK_RECORD_SWAP:
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
