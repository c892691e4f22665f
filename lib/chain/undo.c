/*
 * Taking back the effects of the newest block: its records in the reverse of
 * the order in which apply.c took them, so that every row becomes what it was.
 */
#include "chain/store.h"
#include "codec/codec.h"

#include <stdlib.h>

/* A row that must be there is not, or is not what the block made. */
static bitmark_status
corrupt_unless(bool sound)
{
	return sound ? BITMARK_OK : BITMARK_E_STORE_CORRUPT;
}

static bool
same_place(const struct bm_place *a, const struct bm_place *b)
{
	return a->block == b->block && a->offset == b->offset;
}

/* Give the newest position of an account back; the first one makes it unknown
 * again, and its number free. */
static bitmark_status
give_position(struct bm_txn *t, const struct bitmark_account *account,
    const struct bm_tx *tx)
{
	struct bm_owner owner;
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

/* ${account} never came to own the item by transaction ${id}, whose row is
 * ${tx}. */
static bitmark_status
release(struct bm_txn *t, const struct bitmark_account *account,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_tx *tx,
    struct bm_item *item)
{
	bitmark_status status = corrupt_unless(!tx->spent);

	if (status == BITMARK_OK)
		status = bm_take_item(t, tx->owner, tx->n, item);
	if (status == BITMARK_OK)
		status = give_position(t, account, tx);
	if (status == BITMARK_OK)
		status = bm_del(t, BM_TABLE_TXS, id, BITMARK_TX_ID_SIZE);
	return status;
}

/* Of several registrations only the first was stored. */
static bitmark_status
undo_asset(struct bm_txn *t, const struct bitmark_asset *asset,
    const struct bm_place *place)
{
	uint8_t id[BITMARK_ASSET_ID_SIZE];
	struct bm_place first;
	bitmark_status status;

	bitmark_asset_id(asset->fingerprint, id);
	status = bm_get_asset(t, id, &first);
	if (status != BITMARK_OK || !same_place(&first, place))
		return status;
	return bm_del(t, BM_TABLE_ASSETS, id, sizeof id);
}

static bitmark_status
undo_issue(struct bm_txn *t, const struct bitmark_issue *issue,
    const uint8_t id[BITMARK_TX_ID_SIZE], const struct bm_place *place)
{
	struct bm_tx tx;
	struct bm_item item;
	bitmark_status status = bm_get_tx(t, id, &tx);

	if (status != BITMARK_OK || !same_place(&tx.place, place))
		return status;
	return release(t, &issue->owner, id, &tx, &item);
}

/*
 * Give the item back to whoever held it by ${link}; ${from} is the row of the
 * link.  Its last transfer is the link again, unless that made the item.
 */
static bitmark_status
return_item(struct bm_txn *t, const uint8_t link[BITMARK_TX_ID_SIZE],
    struct bm_tx *from, struct bm_item *item)
{
	bitmark_status status = bm_get_tx(t, link, from);

	if (status == BITMARK_OK)
		status = corrupt_unless(from->spent);
	if (status != BITMARK_OK)
		return status;
	from->spent = false;
	item->last = same_place(&from->place, &item->issue) ?
	    (struct bm_place){ 0, 0 } : from->place;
	status = bm_put_item(t, from->owner, from->n, item);
	return status == BITMARK_OK ? bm_put_tx(t, link, from) : status;
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

static bitmark_status
undo_transfer(struct bm_txn *t, const struct bitmark_record *record,
    const uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct bm_tx tx, from;
	struct bm_item item;
	bitmark_status status = bm_get_tx(t, id, &tx);

	if (status == BITMARK_OK)
		status = release(t, bitmark_record_owner(record), id, &tx,
		    &item);
	if (status == BITMARK_OK)
		status = return_item(t, bitmark_record_link(record), &from,
		    &item);
	if (status == BITMARK_OK &&
	    record->tag == BITMARK_RECORD_OWNER_TRANSFER)
		status = undo_payments(t, tx.owned_block, &item);
	return status;
}

static bitmark_status
undo_record(struct bm_txn *t, const struct bitmark_record *record,
    struct bitmark_span packed, const struct bm_place *place)
{
	uint8_t id[BITMARK_TX_ID_SIZE];

	bitmark_tx_id(packed.data, packed.size, id);
	switch (record->tag) {
	case BITMARK_RECORD_ASSET:
		return undo_asset(t, &record->asset, place);
	case BITMARK_RECORD_ISSUE:
		return undo_issue(t, &record->issue, id, place);
	case BITMARK_RECORD_TRANSFER:
	case BITMARK_RECORD_COUNTERSIGNED:
	case BITMARK_RECORD_OWNER_TRANSFER:
		return undo_transfer(t, record, id);
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

/* Where each record of a block begins. */
static bitmark_status
find_offsets(struct bitmark_block_walk walk, size_t *offsets)
{
	bitmark_status status = BITMARK_OK;

	while (status == BITMARK_OK && walk.index < walk.header.count) {
		offsets[walk.index] = walk.offset;
		status = bitmark_block_walk_next(&walk);
	}
	return status;
}

static bitmark_status
undo_at(const struct bitmark_chain *chain, struct bm_txn *t, uint64_t number,
    struct bitmark_span block, size_t offset)
{
	const struct bm_place place = { number, offset };
	struct bitmark_span packed = { block.data + offset, 0 };
	struct bitmark_record record;
	bitmark_status status = bitmark_record_parse(chain->rules, packed.data,
	    block.size - offset, chain->params->network, &record,
	    &packed.size);

	return status == BITMARK_OK ?
	    undo_record(t, &record, packed, &place) : status;
}

static bitmark_status
undo_records(const struct bitmark_chain *chain, struct bm_txn *t,
    struct bitmark_span block, size_t base_count)
{
	struct bitmark_block_walk walk;
	size_t *offsets;
	bitmark_status status = bitmark_block_walk_start(&walk, chain->rules,
	    block.data, block.size, chain->params->network);

	if (status != BITMARK_OK)
		return status;
	offsets = calloc((size_t)walk.header.count + 1, sizeof *offsets);
	if (offsets == NULL)
		return BITMARK_E_NOMEM;
	status = find_offsets(walk, offsets);
	for (size_t i = walk.header.count;
	    status == BITMARK_OK && i > base_count; i--)
		status = undo_at(chain, t, walk.header.number, block,
		    offsets[i - 1]);
	free(offsets);
	return status;
}

static bitmark_status
undo_ownership(struct bm_txn *t, uint64_t number, const struct bm_base *base)
{
	uint8_t id[BITMARK_TX_ID_SIZE];
	struct bm_height height;
	struct bm_item item;
	struct bm_tx tx;
	bitmark_status status = bm_get_height(t, number, &height);

	if (status != BITMARK_OK)
		return status;
	bitmark_foundation_id(height.digest, number, id);
	status = bm_get_tx(t, id, &tx);
	if (status != BITMARK_OK)
		return status;
	return release(t, &base->owner, id, &tx, &item);
}

static bitmark_status
undo_block(const struct bitmark_chain *chain, struct bm_txn *t,
    uint64_t number, struct bitmark_span block)
{
	struct bm_base base;
	bitmark_status status = bm_base_read(chain->rules,
	    chain->params->network, block, &base);

	if (status == BITMARK_OK)
		status = undo_ownership(t, number, &base);
	if (status == BITMARK_OK)
		status = undo_records(chain, t, block, base.count);
	if (status == BITMARK_OK)
		status = bm_del_number(t, BM_TABLE_HEIGHTS, number);
	if (status == BITMARK_OK)
		status = bm_del_block(t, number);
	return status;
}

bitmark_status
bm_undo(const struct bitmark_chain *chain, struct bm_txn *t, uint64_t number)
{
	struct bitmark_span block;
	bitmark_status status = bm_get_block(t, number, &block);
	uint8_t *copy;

	if (status != BITMARK_OK)
		return bm_store_error(status);
	/* What is in the store moves while it is changed. */
	copy = malloc(block.size);
	if (copy == NULL)
		return BITMARK_E_NOMEM;
	memcpy(copy, block.data, block.size);
	block.data = copy;
	status = bm_store_error(undo_block(chain, t, number, block));
	free(copy);
	return status;
}
