/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Owner.Bitmarks: a page of what an account owns, with all records that the
 * page names. BlockOwner.TxIdForBlock: the transaction id under which a block
 * is filed. Source: bitmarkd v0.16.0 rpc/owner/owner.go,
 * rpc/blockowner/blockowner.go
 */
#include <stdlib.h>
#include <string.h>

#include "rpc_json.h"
#include "rpc_query.h"
#include "shared/json.h"

/* A page while its reply is made. */
struct page {
	struct rpc_call *call;
	struct bitmark_snapshot *snapshot;
	struct rpc_text text;           /* of the reply                      */
	/* Ids of both kinds as hex, so that they can be sorted as text. */
	char (*id)[2 * BITMARK_ASSET_ID_SIZE + 1];
	size_t ids;
	size_t count;
	struct bitmark_owned items[];
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

static void
write_item(struct rpc_text *text, const struct bitmark_owned *owned)
{
	rpc_raw_open(text, NULL, '{');
	rpc_raw_number_text(text, "n", owned->n);
	rpc_raw_hex(text, "txId", owned->tx_id, sizeof owned->tx_id);
	rpc_raw_hex(text, "issue", owned->issue_id, sizeof owned->issue_id);
	rpc_raw_string(text, "item", item_name(owned->item));
	if (owned->item == BITMARK_ITEM_BLOCK)
		rpc_raw_number(text, "blockNumber", owned->owned_block);
	else
		rpc_raw_hex(text, "assetId", owned->asset_id,
		    sizeof owned->asset_id);
	rpc_raw_close(text, '}');
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

/* All ids of the page, sorted as Go sorts the keys of a map, each once. */
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

/* "inBlock" is a number in both releases; v8.2 gives 0 for assets. False: no
 * memory. */
static bool
write_record(struct page *page, const char *id, bool asset,
    const struct bitmark_confirmed *c)
{
	const bool told = !asset || page->call->from->form != RPC_FORM_8_2;
	struct rpc_text *text = &page->text;

	rpc_raw_open(text, id, '{');
	rpc_raw_string(text, "record", bitmark_record_name(c->record.tag));
	if (!asset)
		rpc_raw_string(text, "txId", id);
	rpc_raw_number(text, "inBlock", told ? c->number : 0);
	if (asset)
		rpc_raw_string(text, "assetId", id);
	if (!rpc_raw_record(text, "data", page->call, &c->record))
		return false;
	rpc_raw_close(text, '}');
	return true;
}

/* The length of an id tells its kind. A missing record makes the call fail, as
 * in both releases. */
static bool
add_record(struct page *page, const char *id)
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
	return write_record(page, id, asset, &c);
}

/* An item names at most three ids, which bounds the list. */
static bool
add_records(struct page *page)
{
	bool ok = true;

	page->id = malloc((3 * page->count + 1) * sizeof *page->id);
	if (page->id == NULL)
		return false;
	collect_ids(page);
	rpc_raw_open(&page->text, "tx", '{');
	for (size_t i = 0; ok && i < page->ids; i++)
		ok = add_record(page, page->id[i]);
	rpc_raw_close(&page->text, '}');
	free(page->id);
	return ok;
}

/* --- the call ------------------------------------------------------------- */

/* Both releases give 0, which is the first position, behind a page that holds
 * only the item at position 0: a client starts over for ever or stops too soon
 * [S-19]. Here the position behind the last item is given. */
static json_t *
make_page(struct page *page)
{
	struct rpc_text *text = &page->text;
	json_t *result;
	bool ok;

	rpc_raw_begin(text);
	rpc_raw_open(text, NULL, '{');
	rpc_raw_number_text(text, "next", page->count == 0 ? 0 :
	    page->items[page->count - 1].n + 1);
	rpc_raw_open(text, "data", '[');
	for (size_t i = 0; i < page->count; i++)
		write_item(text, &page->items[i]);
	rpc_raw_close(text, ']');
	ok = add_records(page);
	rpc_raw_close(text, '}');
	result = rpc_raw_end(text);
	if (ok)
		return result;
	json_decref(result);
	return NULL;
}

/* The snapshot lives until the page is written, because the records point into
 * its pages. rpc_count has bounded ${count}. */
static json_t *
list_items(struct rpc_call *call, const struct bitmark_account *owner,
    uint64_t start, size_t count)
{
	struct page *page = calloc(1, sizeof *page +
	    count * sizeof page->items[0]);
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

/* "owner", "start", "count". Both releases crash without an owner [S-26]; here
 * that is an error. */
json_t *
rpc_owned(struct rpc_call *call)
{
	struct bitmark_account owner;
	uint64_t start = 0;
	size_t count;

	rpc_u64(call, "start", &start);
	if (!rpc_count(call, &count))
		return NULL;
	return rpc_account(call, "owner", &owner) ? list_items(call, &owner, start, count) :
	    rpc_fail_status(call, BITMARK_E_ITEM);
}

/* "blockNumber". The genesis block is filed nowhere. */
json_t *
rpc_foundation(struct rpc_call *call)
{
	struct bitmark_snapshot *snapshot;
	uint8_t digest[BITMARK_DIGEST_SIZE], id[BITMARK_TX_ID_SIZE];
	uint64_t number = 0;
	bitmark_status status = BITMARK_E_BLOCK_NOT_FOUND;

	rpc_u64(call, "blockNumber", &number);
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
