/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Questions about owners.  A list is answered in the order of positions, which
 * is that of acquisition; an item that moves on leaves a gap.  A row of owned
 * has places only; ids, assets and holders come from the records there.
 */
#include "chain/owned.h"

#include <string.h>

#include "chain/env.h"
#include "chain/query.h"
#include "chain/read.h"
#include "codec/sized.h"

/* Fill in the item's beginning: an issue, or the base record of a block, which
 * stands at the start of it. */
static bitmark_status
fill_issue(struct bitmark_snapshot *s, const struct bm_item *item,
    struct bitmark_owned *owned)
{
	struct bitmark_confirmed issue;
	bitmark_status status = bm_confirmed_at(s, &item->issue, &issue);

	if (status == BITMARK_OK)
		status = bm_confirmed_id(s, &issue, owned->issue_id);
	if (status != BITMARK_OK)
		return status;
	owned->item = item->kind;
	owned->issue_block = issue.number;
	if (item->kind == BITMARK_ITEM_BLOCK) {
		owned->owned_block = issue.number;
		return issue.offset == BITMARK_HEADER_SIZE ?
		    BITMARK_OK : BITMARK_E_STORE_CORRUPT;
	}
	if (issue.record.tag != BITMARK_RECORD_ISSUE)
		return BITMARK_E_STORE_CORRUPT;
	memcpy(owned->asset_id, issue.record.issue.asset_id,
	    sizeof owned->asset_id);
	return BITMARK_OK;
}

/* Fill in how the item came to its holder: by the last transfer, or by the
 * issue when there is none.  A last place without a link is no transfer:
 * damage. */
static bitmark_status
fill_last(struct bitmark_snapshot *s, const struct bm_item *item,
    struct bitmark_owned *owned)
{
	struct bitmark_confirmed last;
	bitmark_status status;

	if (item->last.block == 0) {
		memcpy(owned->tx_id, owned->issue_id, sizeof owned->tx_id);
		return BITMARK_OK;
	}
	status = bm_confirmed_at(s, &item->last, &last);
	if (status != BITMARK_OK)
		return status;
	if (bitmark_record_link(&last.record) == NULL)
		return BITMARK_E_STORE_CORRUPT;
	owned->transfer_block = last.number;
	return bm_confirmed_id(s, &last, owned->tx_id);
}

/* A row of the table has places only.  So an answer always comes from the
 * records themselves, and a row that leads to another kind of record is found
 * to be damaged here. */
static bitmark_status
fill_owned(struct bitmark_snapshot *s, uint64_t n, const struct bm_item *item,
    struct bitmark_owned *owned)
{
	bitmark_status status;

	memset(owned, 0, sizeof *owned);
	owned->struct_size = sizeof *owned;
	owned->n = n;
	status = fill_issue(s, item, owned);
	if (status == BITMARK_OK)
		status = fill_last(s, item, owned);
	return status;
}

/* A scan of one owner's rows.  The bound comes from the account's row, and an
 * item behind it contradicts that row. */
struct items {
	struct bitmark_snapshot *s;
	uint64_t next;                  /* their positions are below it */
	bm_owned_fn each;
	void *user;
};

/* bm_row_fn.  A position that the account has never had means damage. */
static bitmark_status
on_item_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	const struct items *items = user;
	struct bitmark_owned owned;
	struct bm_item item;
	bitmark_status status;

	if (key.size != BM_OWNED_KEY_SIZE ||
	    bm_owned_n(key.data) >= items->next)
		return BITMARK_E_STORE_CORRUPT;
	status = bm_decode_item(value, &item);
	if (status == BITMARK_OK)
		status = fill_owned(items->s, bm_owned_n(key.data), &item,
		    &owned);
	return status == BITMARK_OK ? items->each(items->user, &owned) :
	    status;
}

/* An account that never owned anything has no row, and owns nothing: that is no
 * error.  The keys of one owner begin with the same four bytes, so the scan
 * ends where the next owner's begin. */
bitmark_status
bm_owned_items(struct bitmark_snapshot *s,
    const struct bitmark_account *account, uint64_t start, bm_owned_fn each,
    void *user)
{
	struct items items = { .s = s, .each = each, .user = user };
	uint8_t key[BM_OWNED_KEY_SIZE];
	struct bm_holder owner;
	bitmark_status status;

	status = bm_get_owner(&s->txn, account, &owner);
	if (status == BITMARK_E_NOT_FOUND ||
	    (status == BITMARK_OK && start >= owner.next))
		return BITMARK_OK;
	if (status != BITMARK_OK)
		return status;
	items.next = owner.next;
	bm_owned_key(owner.owner, start, key);
	return bm_scan(&s->txn, BM_TABLE_OWNED,
	    (struct bitmark_span){ key, sizeof key }, BM_OWNER_KEY_SIZE,
	    on_item_row, &items);
}

/* The array that a caller wants filled.  Its elements may be larger or smaller
 * than ours. */
struct page {
	struct bitmark_owned *items;
	size_t capacity;
	size_t count;
};

/* BITMARK_E_SPACE only ends the scan. */
static bitmark_status
add_to_page(void *user, const struct bitmark_owned *owned)
{
	struct page *page = user;
	struct bitmark_owned *item;

	if (page->count == page->capacity)
		return BITMARK_E_SPACE;
	item = bm_sized_at(page->items, page->count++);
	item->struct_size = page->items->struct_size;
	return BM_OUT(bitmark_owned, item, owned);
}

/* The scan is stopped by a full page, which is no error of the caller's. */
bitmark_status
bitmark_snapshot_owned(struct bitmark_snapshot *snapshot,
    const struct bitmark_account *account, uint64_t start,
    struct bitmark_owned *items, size_t capacity, size_t *count)
{
	struct page page = { items, capacity, 0 };
	bitmark_status status;

	if (capacity != 0 && !BM_FITS(bitmark_owned, items))
		return BITMARK_E_ARGUMENT;
	status = bm_owned_items(snapshot, account, start, add_to_page, &page);
	if (status == BITMARK_E_SPACE)
		status = BITMARK_OK;
	if (status == BITMARK_OK)
		*count = page.count;
	return status;
}

/* An account that never owned anything has position 0 next. */
bitmark_status
bitmark_snapshot_owned_next(struct bitmark_snapshot *snapshot,
    const struct bitmark_account *account, uint64_t *next)
{
	struct bm_holder owner = { 0 };
	bitmark_status status = bm_get_owner(&snapshot->txn, account, &owner);

	if (status != BITMARK_OK && status != BITMARK_E_NOT_FOUND)
		return status;
	*next = owner.next;
	return BITMARK_OK;
}

/* Two ways lead to the owner: the number in the transaction's row, and the
 * account that its record names.  They must meet. */
bitmark_status
bm_tx_holder(struct bitmark_snapshot *s, const struct bm_tx *tx,
    struct bitmark_account *account)
{
	struct bitmark_account named;
	struct bm_holder owner;
	bitmark_status status = bm_owner_at(&s->txn, &tx->place, &named);

	if (status == BITMARK_OK)
		status = bm_promised(bm_get_owner(&s->txn, &named, &owner));
	if (status != BITMARK_OK)
		return status;
	if (owner.owner != tx->owner)
		return BITMARK_E_STORE_CORRUPT;
	*account = named;
	return BITMARK_OK;
}

/* The transaction's row says whether the item has moved on; the item's row says
 * where it is.  Both must lead to the same transaction. */
bitmark_status
bitmark_snapshot_ownership(struct bitmark_snapshot *snapshot,
    const uint8_t tx_id[BITMARK_TX_ID_SIZE], struct bitmark_account *owner,
    struct bitmark_owned *owned)
{
	struct bitmark_account account;
	struct bitmark_owned found;
	struct bm_item item;
	struct bm_tx tx;
	bitmark_status status;

	if (!BM_FITS(bitmark_owned, owned))
		return BITMARK_E_ARGUMENT;
	status = bm_get_tx(&snapshot->txn, tx_id, &tx);
	if (status != BITMARK_OK)
		return status;
	if (tx.spent || tx.moves_shares)
		return BITMARK_E_NOT_FOUND;
	status = bm_tx_holder(snapshot, &tx, &account);
	if (status == BITMARK_OK)
		status = bm_promised(bm_get_item(&snapshot->txn, tx.owner,
		    tx.n, &item));
	if (status == BITMARK_OK)
		status = fill_owned(snapshot, tx.n, &item, &found);
	if (status != BITMARK_OK)
		return status;
	if (memcmp(found.tx_id, tx_id, sizeof found.tx_id) != 0)
		return BITMARK_E_STORE_CORRUPT;
	*owner = account;
	return BM_OUT(bitmark_owned, owned, &found);
}
