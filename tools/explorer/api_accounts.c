/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * /api/v1/account and /api/v1/share: the items and the shares of an account,
 * and the holders of a share.
 */
#include <stdlib.h>
#include <string.h>

#include <bitmarkpeer/shares.h>

#include "explorer/api.h"

/* --- the items of an account ---------------------------------------------- */

static const char *
kind_of(enum bitmark_item item)
{
	switch (item) {
	case BITMARK_ITEM_BLOCK:
		return "block";
	case BITMARK_ITEM_SHARE:
		return "share";
	case BITMARK_ITEM_ASSET:
		break;
	}
	return "asset";
}

/* "block" is the block that an account owns, or the block by which the bitmark
 * came to it. */
static void
put_item(struct api *api, const struct bitmark_owned *owned)
{
	struct out *out = &api->out;

	out_object(out);
	out_key_number(out, "start", owned->n);
	out_key_id(out, "id", owned->tx_id);
	out_key_hex(out, "issue", owned->issue_id, sizeof owned->issue_id);
	out_key_text(out, "kind", kind_of(owned->item));
	if (owned->item != BITMARK_ITEM_BLOCK)
		api_put_asset(api, "asset", owned->asset_id);
	out_key_number(out, "block", owned->item == BITMARK_ITEM_BLOCK ?
	    owned->owned_block : owned->transfer_block != 0 ?
	    owned->transfer_block : owned->issue_block);
	out_key_number(out, "issued", owned->issue_block);
	out_object_end(out);
}

/* One item more than the page shows is read, to know whether the list goes on.
 * The library reads the size of the elements from the first one. */
static unsigned
put_items(struct api *api, const struct bitmark_account *account,
    uint64_t start, size_t count, struct bitmark_owned *items)
{
	size_t found;
	bitmark_status status;

	items[0].struct_size = sizeof items[0];
	status = bitmark_snapshot_owned(api->from->snapshot, account, start,
	    items, count + 1, &found);
	if (status != BITMARK_OK)
		return api_failed(api, status);
	out_object(&api->out);
	api_put_account(api, "account", account);
	out_key_text(&api->out, "network", account->network ==
	    BITMARK_NETWORK_LIVE ? "live" : "test");
	out_key(&api->out, "items");
	out_array(&api->out);
	for (size_t i = 0; i < found && i < count; i++)
		put_item(api, &items[i]);
	out_array_end(&api->out);
	api_next(api, found > count, found > count ? items[count].n : 0);
	out_object_end(&api->out);
	return 200;
}

/* The positions of a list only grow, so a page stays where it is when items
 * come and go in front of it. ${count} is at most API_COUNT_MAX, which bounds
 * the memory. */
unsigned
api_account(struct api *api)
{
	const size_t count = (size_t)api_count(api, API_COUNT, API_COUNT_MAX);
	struct bitmark_account account;
	struct bitmark_owned *items;
	uint64_t start;
	unsigned status;

	if (count == 0 || !api_number(api, "start", 0, &start) ||
	    !api_account_of_path(api, &account))
		return 400;
	items = calloc(count + 1, sizeof *items);
	if (items == NULL)
		return api_failed(api, BITMARK_E_NOMEM);
	status = put_items(api, &account, start, count, items);
	free(items);
	return status;
}

/* --- shares --------------------------------------------------------------- */

static void
put_balance(struct api *api, const struct bitmark_share_balance *balance)
{
	out_object(&api->out);
	out_key_id(&api->out, "id", balance->share_id);
	api_put_account(api, "account", &balance->account);
	out_key(&api->out, "quantity");
	out_big(&api->out, balance->balance);
	out_key_number(&api->out, "since", balance->since);
	out_object_end(&api->out);
}

/* Put ${count} items; the one that was read beyond the page is not among them.
 */
static void
put_balances(struct api *api, const char *key,
    const struct bitmark_share_balance *items, size_t count)
{
	out_key(&api->out, key);
	out_array(&api->out);
	for (size_t i = 0; i < count; i++)
		put_balance(api, &items[i]);
	out_array_end(&api->out);
}

/* Room for a page and one more item. */
static struct bitmark_share_balance *
new_balances(struct api *api, size_t *count)
{
	struct bitmark_share_balance *items;

	*count = (size_t)api_count(api, API_COUNT, API_COUNT_MAX);
	items = *count == 0 ? NULL : calloc(*count + 1, sizeof *items);
	if (*count > 0 && items == NULL)
		api_failed(api, BITMARK_E_NOMEM);
	return items;
}

/* "after" in the query is the id of the last share of the page before. Pages by
 * id do not shift when shares come and go. */
static unsigned
tell_shares(struct api *api, const struct bitmark_account *account,
    struct bitmark_share_balance *items, size_t count)
{
	const char *text = target_value(api->target, "after");
	uint8_t after[BITMARK_TX_ID_SIZE];
	size_t size = 0, found;
	bitmark_status status;

	if (text != NULL && (bitmark_hex_decode(text, strlen(text), after,
	    sizeof after, &size) != BITMARK_OK || size != sizeof after))
		return api_fail(api, 400, "after is not an id");
	items[0].struct_size = sizeof items[0];
	status = bitmark_snapshot_share_balances(api->from->snapshot, account,
	    text != NULL ? after : NULL, items, count + 1, &found);
	if (status != BITMARK_OK)
		return api_failed(api, status);
	out_object(&api->out);
	api_put_account(api, "account", account);
	put_balances(api, "shares", items, found < count ? found : count);
	out_key(&api->out, "next");
	if (found > count)
		out_hex(&api->out, items[count - 1].share_id,
		    BITMARK_TX_ID_SIZE);
	else
		out_null(&api->out);
	out_object_end(&api->out);
	return 200;
}

unsigned
api_account_shares(struct api *api)
{
	struct bitmark_share_balance *items;
	struct bitmark_account account;
	unsigned status;
	size_t count;

	if (!api_account_of_path(api, &account))
		return 400;
	items = new_balances(api, &count);
	if (items == NULL)
		return count == 0 ? 400 : 503;
	status = tell_shares(api, &account, items, count);
	free(items);
	return status;
}

/* "after" in the query is the last account of the page before. */
static unsigned
tell_holders(struct api *api, const struct bitmark_share_total *total,
    const uint8_t *id, struct bitmark_share_balance *items, size_t count)
{
	const char *text = target_value(api->target, "after");
	struct bitmark_account after;
	size_t found;
	bitmark_status status;

	if (text != NULL && bitmark_account_from_text(text, strlen(text),
	    &after) != BITMARK_OK)
		return api_fail(api, 400, "after is not an account");
	items[0].struct_size = sizeof items[0];
	status = bitmark_snapshot_share_holders(api->from->snapshot, id,
	    text != NULL ? &after : NULL, items, count + 1, &found);
	if (status != BITMARK_OK)
		return api_failed(api, status);
	out_object(&api->out);
	out_key_id(&api->out, "id", id);
	out_key(&api->out, "total");
	out_big(&api->out, total->total);
	out_key_number(&api->out, "since", total->number);
	out_key_id(&api->out, "madeBy", total->tx_id);
	put_balances(api, "holders", items, found < count ? found : count);
	out_key(&api->out, "next");
	if (found > count)
		api_put_account_value(api, &items[count - 1].account);
	else
		out_null(&api->out);
	out_object_end(&api->out);
	return 200;
}

unsigned
api_share(struct api *api)
{
	struct bitmark_share_total total = { .struct_size = sizeof total };
	struct bitmark_share_balance *items;
	uint8_t id[BITMARK_TX_ID_SIZE];
	bitmark_status found;
	unsigned status;
	size_t count;

	if (!api_id(api, id, sizeof id))
		return 400;
	found = bitmark_snapshot_share(api->from->snapshot, id, &total);
	if (found != BITMARK_OK)
		return api_failed(api, found);
	items = new_balances(api, &count);
	if (items == NULL)
		return count == 0 ? 400 : 503;
	status = tell_holders(api, &total, id, items, count);
	free(items);
	return status;
}
