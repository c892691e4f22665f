/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Questions about shares: totals, balances, and lists of both.
 *
 * Rows have numbers of accounts and places of records; the accounts come from
 * the records, which must name the one with that number.
 */
#include "chain/share_query.h"

#include <string.h>

#include "chain/env.h"
#include "chain/query.h"
#include "chain/read.h"
#include "codec/sized.h"

bitmark_status
bitmark_snapshot_share(struct bitmark_snapshot *snapshot,
    const uint8_t share_id[BITMARK_TX_ID_SIZE],
    struct bitmark_share_total *total)
{
	struct bitmark_share_total found = { .struct_size = sizeof found };
	struct bitmark_confirmed c;
	struct bm_share share;
	bitmark_status status;

	if (!BM_FITS(bitmark_share_total, total))
		return BITMARK_E_ARGUMENT;
	status = bm_get_share(&snapshot->txn, share_id, UINT64_MAX, &share);
	if (status == BITMARK_OK)
		status = bm_confirmed_at(snapshot, &share.place, &c);
	if (status == BITMARK_OK)
		status = bm_confirmed_id(snapshot, &c, found.tx_id);
	if (status != BITMARK_OK)
		return status;
	if (c.record.tag != BITMARK_RECORD_SHARE)
		return BITMARK_E_STORE_CORRUPT;
	found.total = share.total;
	found.number = c.number;
	found.offset = c.offset;
	return BM_OUT(bitmark_share_total, total, &found);
}

bitmark_status
bitmark_snapshot_share_balance(struct bitmark_snapshot *snapshot,
    const struct bitmark_account *account,
    const uint8_t share_id[BITMARK_TX_ID_SIZE], uint64_t *balance)
{
	struct bm_balance found = { .balance = 0 };
	struct bm_holder owner;
	bitmark_status status = bm_get_owner(&snapshot->txn, account, &owner);

	if (status == BITMARK_OK)
		status = bm_get_balance(&snapshot->txn, &(struct bm_pair){
		    owner.owner, share_id }, UINT64_MAX, &found);
	if (status != BITMARK_OK && status != BITMARK_E_NOT_FOUND)
		return status;
	*balance = found.balance;
	return BITMARK_OK;
}

/*
 * Lists.
 */

/* The array that a caller wants filled.  Its elements may be larger or smaller
 * than ours. */
struct page {
	struct bitmark_snapshot *s;
	struct bitmark_share_balance *items;
	size_t capacity;
	size_t count;
	const struct bitmark_account *account;  /* whose list it is, or NULL */
	uint8_t last[BM_BALANCE_PAIR_SIZE];     /* pair that was seen last   */
	bool has_last;
};

/* The account with this number is one that the record names: who owned the
 * bitmark that became shares, or gave shares away, or came to hold them. */
bitmark_status
bm_share_holder(const struct bm_txn *t, uint64_t owner,
    const struct bm_place *place, struct bitmark_account *account)
{
	struct bitmark_account named[BM_NAMED_MAX];
	struct bm_holder holder;
	size_t count;
	bitmark_status status = bm_named_at(t, place, named, &count);

	for (size_t i = 0; status == BITMARK_OK && i < count; i++) {
		status = bm_promised(bm_get_owner(t, &named[i], &holder));
		if (status == BITMARK_OK && holder.owner == owner) {
			*account = named[i];
			return BITMARK_OK;
		}
	}
	return status == BITMARK_OK ? BITMARK_E_STORE_CORRUPT : status;
}

/* BITMARK_E_SPACE only ends the scan.  A balance of 0 is no entry of a list. */
static bitmark_status
add_balance(struct page *page, const struct bm_pair *pair)
{
	struct bitmark_share_balance found = { .struct_size = sizeof found };
	struct bitmark_share_balance *item;
	const struct bm_txn *t = &page->s->txn;
	struct bm_balance balance;
	bitmark_status status = bm_promised(bm_get_balance(t, pair,
	    UINT64_MAX, &balance));

	if (status != BITMARK_OK || balance.balance == 0)
		return status;
	if (page->count == page->capacity)
		return BITMARK_E_SPACE;
	if (page->account != NULL)
		found.account = *page->account;
	else
		status = bm_share_holder(t, pair->owner, &balance.first,
		    &found.account);
	if (status != BITMARK_OK)
		return status;
	memcpy(found.share_id, pair->share_id, sizeof found.share_id);
	found.balance = balance.balance;
	found.since = balance.first.block;
	item = bm_sized_at(page->items, page->count++);
	item->struct_size = page->items->struct_size;
	return BM_OUT(bitmark_share_balance, item, &found);
}

/* A full page is no error of the caller's. */
static bitmark_status
end_page(const struct page *page, bitmark_status status, size_t *count)
{
	if (status == BITMARK_E_SPACE)
		status = BITMARK_OK;
	if (status == BITMARK_OK)
		*count = page->count;
	return status;
}

/* bm_row_fn.  A pair has a row for each block that changed it; the first of them
 * stands for all. */
static bitmark_status
on_balance_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct page *page = user;
	struct bm_pair pair;

	(void)value;
	if (key.size != BM_BALANCE_KEY_SIZE)
		return BITMARK_E_STORE_CORRUPT;
	if (page->has_last &&
	    memcmp(page->last, key.data, sizeof page->last) == 0)
		return BITMARK_OK;
	memcpy(page->last, key.data, sizeof page->last);
	page->has_last = true;
	pair.owner = bm_owner_of_key(key.data);
	pair.share_id = page->last + BM_OWNER_KEY_SIZE;
	return add_balance(page, &pair);
}

/* A scan begins behind all rows of the pair that was the last. */
bitmark_status
bitmark_snapshot_share_balances(struct bitmark_snapshot *snapshot,
    const struct bitmark_account *account, const uint8_t *after,
    struct bitmark_share_balance *items, size_t capacity, size_t *count)
{
	static const uint8_t none[BITMARK_TX_ID_SIZE];
	struct page page = { .s = snapshot, .items = items,
		.capacity = capacity, .account = account };
	uint8_t from[BM_BALANCE_KEY_SIZE];
	struct bm_holder owner;
	bitmark_status status;

	if (capacity != 0 && !BM_FITS(bitmark_share_balance, items))
		return BITMARK_E_ARGUMENT;
	status = bm_get_owner(&snapshot->txn, account, &owner);
	if (status == BITMARK_OK) {
		bm_balance_key(&(struct bm_pair){ owner.owner,
		    after != NULL ? after : none },
		    after != NULL ? UINT64_MAX : 0, from);
		status = bm_scan(&snapshot->txn, BM_TABLE_BALANCES,
		    (struct bitmark_span){ from, sizeof from },
		    BM_OWNER_KEY_SIZE, on_balance_row, &page);
	}
	if (status == BITMARK_E_NOT_FOUND)
		status = BITMARK_OK;
	return end_page(&page, status, count);
}

/* bm_row_fn */
static bitmark_status
on_holder_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	struct bm_pair pair = { 0, key.data };

	(void)value;
	if (key.size != BM_HOLDER_KEY_SIZE)
		return BITMARK_E_STORE_CORRUPT;
	pair.owner = bm_owner_of_key(key.data + BITMARK_TX_ID_SIZE);
	return add_balance(user, &pair);
}

bitmark_status
bitmark_snapshot_share_holders(struct bitmark_snapshot *snapshot,
    const uint8_t share_id[BITMARK_TX_ID_SIZE],
    const struct bitmark_account *after, struct bitmark_share_balance *items,
    size_t capacity, size_t *count)
{
	struct page page = { .s = snapshot, .items = items,
		.capacity = capacity };
	uint8_t from[BM_HOLDER_KEY_SIZE];
	struct bm_holder owner = { 0 };
	bitmark_status status = BITMARK_OK;

	if (capacity != 0 && !BM_FITS(bitmark_share_balance, items))
		return BITMARK_E_ARGUMENT;
	if (after != NULL)
		status = bm_get_owner(&snapshot->txn, after, &owner);
	if (status != BITMARK_OK)
		return status;
	bm_holder_key(share_id, owner.owner + (after != NULL), from);
	status = bm_scan(&snapshot->txn, BM_TABLE_HOLDERS,
	    (struct bitmark_span){ from, sizeof from }, BITMARK_TX_ID_SIZE,
	    on_holder_row, &page);
	return end_page(&page, status, count);
}
