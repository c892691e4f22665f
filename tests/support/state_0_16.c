/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
#include "state_0_16.h"

#include "chain/chain.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 7                  /* small: every list takes several */

struct bitmark_chain *
store_open_0_16(const char *directory, const char *name,
    const struct bitmark_rules *rules)
{
	const struct bitmark_chain_config config = {
		.struct_size = sizeof config,
		.path = directory,
		.params = bitmark_chain_params_find(name),
		.rules = rules,
		.access = BITMARK_CHAIN_WRITE,
		.map_bytes = STORE_MAP_BYTES,
	};
	struct bitmark_chain *chain;
	bitmark_status status = bitmark_chain_open(&chain, &config);

	ck_assert_msg(status == BITMARK_OK, "%s", bitmark_strerror(status));
	return chain;
}

void
store_add_0_16(struct bitmark_chain *chain, const struct golden_chain *golden,
    uint64_t last)
{
	for (size_t i = 0; i < golden->count; i++) {
		const struct golden_block *b = &golden->blocks[i];
		struct bitmark_header header;
		bitmark_status status = bitmark_header_parse(b->data, b->size,
		    &header);

		ck_assert_int_eq(status, BITMARK_OK);
		if (header.number <= store_height(chain))
			continue;
		if (header.number > last)
			break;
		status = bitmark_chain_add(chain, b->data, b->size, b->digest,
		    NOW_0_16);
		ck_assert_msg(status == BITMARK_OK, "block %d: %s",
		    (int)header.number, bitmark_strerror(status));
	}
}

void
store_rename(struct bitmark_chain *chain, const char *name)
{
	chain->store.params = bitmark_chain_params_find(name);
}

static void
read_bytes(const json_t *json, const char *key, uint8_t *out, size_t size)
{
	size_t got;
	uint8_t *bytes = field_bytes(json, key, &got);

	ck_assert_uint_eq(got, size);
	memcpy(out, bytes, size);
	free(bytes);
}

static struct bitmark_account
read_account(const json_t *json)
{
	struct bitmark_account account;
	size_t size;
	uint8_t *bytes = field_bytes(json, "account", &size);

	ck_assert_int_eq(bitmark_account_parse(bytes, size, &account),
	    BITMARK_OK);
	free(bytes);
	return account;
}

static void
assert_total(struct bitmark_snapshot *s, const json_t *json)
{
	struct bitmark_share_total total = { .struct_size = sizeof total };
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	uint8_t id[BITMARK_TX_ID_SIZE];

	read_bytes(json, "shareId", id, sizeof id);
	ck_assert_int_eq(bitmark_snapshot_share(s, id, &total), BITMARK_OK);
	ck_assert_uint_eq(total.total, field_number(json, "total"));
	assert_hex(total.tx_id, sizeof total.tx_id,
	    field_text(json, "shareTxId"), "share record");
	ck_assert_int_eq(bitmark_snapshot_transaction(s, total.tx_id, &c),
	    BITMARK_OK);
	ck_assert_uint_eq(c.number, total.number);
	ck_assert_uint_eq(c.offset, total.offset);
}

/* Compare the holders of a share, read page by page. */
static size_t
count_holders(struct bitmark_snapshot *s, const uint8_t *share_id)
{
	struct bitmark_share_balance items[PAGE] = {
		{ .struct_size = sizeof items[0] } };
	const struct bitmark_account *after = NULL;
	struct bitmark_account last;
	size_t count, all = 0;

	do {
		ck_assert_int_eq(bitmark_snapshot_share_holders(s, share_id,
		    after, items, PAGE, &count), BITMARK_OK);
		for (size_t i = 0; i < count; i++) {
			uint64_t balance;

			ck_assert_int_eq(bitmark_snapshot_share_balance(s,
			    &items[i].account, share_id, &balance),
			    BITMARK_OK);
			ck_assert_uint_eq(balance, items[i].balance);
			ck_assert_uint_ne(balance, 0);
		}
		all += count;
		if (count != 0)
			last = items[count - 1].account;
		after = &last;
	} while (count == PAGE);
	return all;
}

/* Compare the shares of an account, read page by page. */
static void
assert_balance(struct bitmark_snapshot *s, const json_t *json)
{
	const struct bitmark_account account = read_account(json);
	struct bitmark_share_balance items[PAGE] = {
		{ .struct_size = sizeof items[0] } };
	uint8_t id[BITMARK_TX_ID_SIZE], last[BITMARK_TX_ID_SIZE];
	const uint8_t *after = NULL;
	size_t count, found = 0;

	read_bytes(json, "shareId", id, sizeof id);
	do {
		ck_assert_int_eq(bitmark_snapshot_share_balances(s, &account,
		    after, items, PAGE, &count), BITMARK_OK);
		for (size_t i = 0; i < count; i++) {
			if (memcmp(items[i].share_id, id, sizeof id) != 0)
				continue;
			found++;
			ck_assert_uint_eq(items[i].balance,
			    field_number(json, "balance"));
		}
		if (count != 0)
			memcpy(last, items[count - 1].share_id, sizeof last);
		after = last;
	} while (count == PAGE);
	ck_assert_msg(found == 1, "%s of %s", field_text(json, "shareId"),
	    field_text(json, "account"));
}

void
assert_shares(struct bitmark_snapshot *s, const json_t *shares)
{
	const json_t *totals = json_object_get(shares, "totals");
	const json_t *balances = json_object_get(shares, "balances");
	size_t i, holders = 0;
	const json_t *item;

	json_array_foreach(totals, i, item) {
		uint8_t id[BITMARK_TX_ID_SIZE];

		assert_total(s, item);
		read_bytes(item, "shareId", id, sizeof id);
		holders += count_holders(s, id);
	}
	json_array_foreach(balances, i, item)
		assert_balance(s, item);
	ck_assert_uint_eq(holders, json_array_size(balances));
}

static void
assert_counts(struct bitmark_snapshot *s, const json_t *json)
{
	struct bitmark_counts c = { .struct_size = sizeof c };

	ck_assert_int_eq(bitmark_snapshot_counts(s, &c), BITMARK_OK);
	ck_assert_uint_eq(c.assets, field_number(json, "assets"));
	ck_assert_uint_eq(c.blocks, field_number(json, "blocks"));
	ck_assert_uint_eq(c.owned, field_number(json, "owned"));
	ck_assert_uint_eq(c.transactions, field_number(json, "transactions"));
	ck_assert_uint_eq(c.block_owner_txs,
	    field_number(json, "blockOwnerTxIndex"));
	ck_assert_uint_eq(c.shares, field_number(json, "shares"));
	ck_assert_uint_ge(c.share_holders,
	    field_number(json, "shareQuantity"));
}

static void
assert_tip(struct bitmark_snapshot *s, const json_t *state)
{
	struct bitmark_tip tip;

	bitmark_snapshot_tip(s, &tip);
	ck_assert_uint_eq(tip.number, field_number(state, "height"));
	ck_assert_uint_eq(tip.version, field_number(state, "headerVersion"));
	assert_hex(tip.digest, sizeof tip.digest,
	    field_text(state, "tipDigest"), "tip");
}

void
assert_state(struct bitmark_chain *chain, const json_t *state)
{
	struct bitmark_snapshot *s = store_snapshot(chain);
	const json_t *difficulty = json_object_get(state, "difficulty");

	if (json_object_get(state, "height") != NULL)
		assert_tip(s, state);
	assert_counts(s, json_object_get(state, "counts"));
	assert_shares(s, json_object_get(state, "shares"));
	ck_assert(chain->difficulty == strtod(field_text(difficulty, "value"),
	    NULL));
	bitmark_snapshot_close(s);
}

static void
assert_item(const struct bitmark_owned *item, const json_t *json)
{
	static const char *const kinds[] = { "Asset", "Block", "Share" };

	ck_assert_str_eq(kinds[item->item], field_text(json, "item"));
	assert_hex(item->tx_id, sizeof item->tx_id, field_text(json, "txId"),
	    "txId");
	assert_hex(item->issue_id, sizeof item->issue_id,
	    field_text(json, "issue"), "issue");
	ck_assert_uint_eq(item->issue_block,
	    field_number(json, "issueBlock"));
	ck_assert_uint_eq(item->transfer_block != 0 ? item->transfer_block :
	    item->issue_block, field_number(json, "transferBlock"));
	if (item->item == BITMARK_ITEM_BLOCK)
		ck_assert_uint_eq(item->owned_block,
		    field_number(json, "blockNumber"));
	else
		assert_hex(item->asset_id, sizeof item->asset_id,
		    field_text(json, "assetId"), "assetId");
}

#define ITEMS_MAX 1000

/* Read as many owned items as the list has. */
static const struct bitmark_owned *
owned_items(struct bitmark_snapshot *s, const json_t *owner,
    const struct bitmark_account *account)
{
	static struct bitmark_owned items[ITEMS_MAX];
	size_t count;

	items[0].struct_size = sizeof items[0];
	ck_assert_int_eq(bitmark_snapshot_owned(s, account, 0, items,
	    ITEMS_MAX, &count), BITMARK_OK);
	ck_assert_uint_eq(count, json_array_size(json_object_get(owner,
	    "items")));
	return items;
}

void
assert_owned_items(struct bitmark_snapshot *s, const json_t *owners)
{
	const json_t *owner, *item;
	size_t i, k;

	json_array_foreach(owners, i, owner) {
		const struct bitmark_account account = read_account(owner);
		const json_t *list = json_object_get(owner, "items");
		const struct bitmark_owned *items = owned_items(s, owner,
		    &account);

		json_array_foreach(list, k, item) {
			uint8_t id[BITMARK_TX_ID_SIZE];
			size_t n = 0;

			read_bytes(item, "txId", id, sizeof id);
			while (n < json_array_size(list) &&
			    memcmp(items[n].tx_id, id, sizeof id) != 0)
				n++;
			ck_assert_uint_lt(n, json_array_size(list));
			assert_item(&items[n], item);
		}
	}
}

char *
chain_dump(struct bitmark_chain *chain)
{
	struct bitmark_snapshot *s = store_snapshot(chain);
	char *text = snapshot_dump(s);

	bitmark_snapshot_close(s);
	return text;
}

void
assert_owners(struct bitmark_snapshot *s, const json_t *owners)
{
	const json_t *owner, *item;
	size_t i, k;

	json_array_foreach(owners, i, owner) {
		const struct bitmark_account account = read_account(owner);
		const json_t *list = json_object_get(owner, "items");
		const struct bitmark_owned *items = owned_items(s, owner,
		    &account);
		uint64_t next;

		json_array_foreach(list, k, item) {
			ck_assert_uint_eq(items[k].n,
			    field_number(item, "n"));
			assert_item(&items[k], item);
		}
		ck_assert_int_eq(bitmark_snapshot_owned_next(s, &account,
		    &next), BITMARK_OK);
		ck_assert_uint_eq(next, field_number(owner, "nextCount"));
	}
}
