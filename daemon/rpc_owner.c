/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Owner.Bitmarks: a page of what an account owns, with all records that it
 * names.  BlockOwner.TxIdForBlock: the transaction that a block is filed under.
 * Source: bitmarkd v0.16.0 rpc/owner/owner.go, rpc/blockowner/blockowner.go
 */
#include <stdlib.h>
#include <string.h>

#include "rpc_query.h"
#include "shared/json.h"

/* A page while its reply is made. */
struct page {
	struct rpc_call *call;
	struct bitmark_snapshot *snapshot;
	struct bitmark_owned items[RPC_ITEMS_MAX_8_2];
	size_t count;
	/* Ids of both kinds as hex, so that they can be sorted as text. */
	char (*id)[2 * BITMARK_ASSET_ID_SIZE + 1];
	size_t ids;
};

/* --- the list ------------------------------------------------------------- */

static const char *
item_name(enum bitmark_item item)
{
	switch (item) {
	case BITMARK_ITEM_BLOCK:
		return "Block";
	case BITMARK_ITEM_SHARE:
		return "Share";
	case BITMARK_ITEM_ASSET:
		break;
	}
	return "Asset";
}

static json_t *
make_item(const struct bitmark_owned *owned)
{
	const bool block = owned->item == BITMARK_ITEM_BLOCK;

	return json_pack("{s:o, s:o, s:o, s:s, s:o}",
	    "n", json_number(owned->n),
	    "txId", json_hex(owned->tx_id, sizeof owned->tx_id),
	    "issue", json_hex(owned->issue_id, sizeof owned->issue_id),
	    "item", item_name(owned->item),
	    block ? "blockNumber" : "assetId",
	    block ? json_integer((json_int_t)owned->owned_block) :
	    json_hex(owned->asset_id, sizeof owned->asset_id));
}

static json_t *
make_items(const struct page *page)
{
	json_t *list = json_array();
	bool ok = list != NULL;

	for (size_t i = 0; ok && i < page->count; i++)
		ok = json_array_append_new(list, make_item(&page->items[i])) ==
		    0;
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

/* --- the records ---------------------------------------------------------- */

static void
add_id(struct page *page, const uint8_t *id, size_t size)
{
	bitmark_hex_encode(id, size, page->id[page->ids++]);
}

static int
compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All ids of the page in their order, each once. */
static void
collect_ids(struct page *page)
{
	size_t kept = 0;

	for (size_t i = 0; i < page->count; i++) {
		const struct bitmark_owned *owned = &page->items[i];

		add_id(page, owned->tx_id, sizeof owned->tx_id);
		add_id(page, owned->issue_id, sizeof owned->issue_id);
		if (owned->item != BITMARK_ITEM_BLOCK)
			add_id(page, owned->asset_id, sizeof owned->asset_id);
	}
	qsort(page->id, page->ids, sizeof *page->id, compare_ids);
	for (size_t i = 0; i < page->ids; i++)
		if (kept == 0 || strcmp(page->id[i], page->id[kept - 1]) != 0)
			memmove(page->id[kept++], page->id[i],
			    sizeof *page->id);
	page->ids = kept;
}

/* The block is a number here in both releases; v8.2 had none for assets. */
static json_t *
make_record(const struct page *page, const char *id, bool asset,
    const struct bitmark_confirmed *c)
{
	const bool told = !asset || page->call->from->form != RPC_FORM_8_2;
	const json_int_t number = told ? (json_int_t)c->number : 0;
	const char *name = bitmark_record_name(c->record.tag);
	json_t *fields = rpc_record(page->call, &c->record);

	return asset ? json_pack("{s:s, s:I, s:s, s:o}", "record", name,
	    "inBlock", number, "assetId", id, "data", fields) :
	    json_pack("{s:s, s:s, s:I, s:o}", "record", name, "txId", id,
	    "inBlock", number, "data", fields);
}

/* The length tells which kind of id it is.  A record that is not there fails the
 * call, as in both releases. */
static bool
add_record(const struct page *page, json_t *records, const char *id)
{
	const bool asset = strlen(id) == 2 * BITMARK_ASSET_ID_SIZE;
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	uint8_t bytes[BITMARK_ASSET_ID_SIZE];
	size_t size;
	bitmark_status status = bitmark_hex_decode(id, strlen(id), bytes,
	    sizeof bytes, &size);

	if (status == BITMARK_OK)
		status = asset ? bitmark_snapshot_asset(page->snapshot, bytes,
		    &c) : bitmark_snapshot_transaction(page->snapshot, bytes,
		    &c);
	if (status == BITMARK_E_NOT_FOUND)
		status = asset ? BITMARK_E_ASSET_NOT_FOUND :
		    BITMARK_E_LINK_UNCONFIRMED;
	if (status != BITMARK_OK) {
		rpc_fail_status(page->call, status);
		return false;
	}
	return rpc_put(records, id, make_record(page, id, asset, &c));
}

static json_t *
make_records(struct page *page)
{
	json_t *records = json_object();
	bool ok = records != NULL;

	page->ids = 0;
	page->id = malloc((3 * page->count + 1) * sizeof *page->id);
	if (page->id != NULL)
		collect_ids(page);
	else
		ok = false;
	for (size_t i = 0; ok && i < page->ids; i++)
		ok = add_record(page, records, page->id[i]);
	free(page->id);
	if (ok)
		return records;
	json_decref(records);
	return NULL;
}

/* --- the call ------------------------------------------------------------- */

/* Both releases give 0, the first position, behind a page that holds only that:
 * a client starts over for ever, or stops too soon [S-19]. */
static json_t *
make_page(struct page *page)
{
	json_t *records = make_records(page);

	return records == NULL ? NULL : json_pack("{s:o, s:o, s:o}",
	    "next", json_number(page->count == 0 ? 0 :
	    page->items[page->count - 1].n + 1),
	    "data", make_items(page), "tx", records);
}

static json_t *
list_items(struct rpc_call *call, const struct bitmark_account *owner,
    uint64_t start, size_t count)
{
	struct page *page = calloc(1, sizeof *page);
	json_t *result = NULL;
	bitmark_status status;

	if (page == NULL)
		return NULL;
	page->call = call;
	page->items[0].struct_size = sizeof page->items[0];
	page->snapshot = rpc_snapshot(call);
	if (page->snapshot != NULL) {
		status = bitmark_snapshot_owned(page->snapshot, owner, start,
		    page->items, count, &page->count);
		result = status == BITMARK_OK ? make_page(page) :
		    rpc_fail_status(call, status);
	}
	bitmark_snapshot_close(page->snapshot);
	free(page);
	return result;
}

/* "owner", "start", "count".  Without an owner both releases end [S-26]. */
json_t *
rpc_owned(struct rpc_call *call)
{
	struct bitmark_account owner;
	uint64_t start = 0;
	size_t count;
	bool found = false;

	if (!rpc_account(call, "owner", &owner, &found) ||
	    !rpc_u64(call, "start", &start) || !rpc_count(call, &count))
		return NULL;
	return found ? list_items(call, &owner, start, count) :
	    rpc_fail_status(call, BITMARK_E_ITEM);
}

/* "blockNumber" */
json_t *
rpc_foundation(struct rpc_call *call)
{
	struct bitmark_snapshot *snapshot;
	uint8_t digest[BITMARK_DIGEST_SIZE], id[BITMARK_TX_ID_SIZE];
	uint64_t number = 0;
	bitmark_status status = BITMARK_E_BLOCK_NOT_FOUND;

	if (!rpc_u64(call, "blockNumber", &number))
		return NULL;
	snapshot = rpc_snapshot(call);
	if (snapshot == NULL)
		return NULL;
	if (number > BITMARK_GENESIS_NUMBER)
		status = bitmark_snapshot_digest(snapshot, number, digest);
	bitmark_snapshot_close(snapshot);
	if (status != BITMARK_OK)
		return rpc_fail_status(call, status);
	bitmark_foundation_id(digest, number, id);
	return json_pack("{s:o}", "txId", json_hex(id, sizeof id));
}
