/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Owners have what v8.2 says they own. */
#include "../support/golden_stores.h"

#include <stdlib.h>
#include <string.h>

static struct golden g;

static struct bitmark_account
read_account(const json_t *object, const char *key)
{
	struct bitmark_account account;
	size_t size;
	uint8_t *bytes = field_bytes(object, key, &size);

	ck_assert_int_eq(bitmark_account_parse(bytes, size, &account),
	    BITMARK_OK);
	free(bytes);
	return account;
}

static void
assert_owned(const struct bitmark_owned *owned, const json_t *item)
{
	bool block = strcmp(field_text(item, "item"), "Block") == 0;

	ck_assert_uint_eq(owned->n, field_number(item, "n"));
	assert_hex(owned->tx_id, sizeof owned->tx_id,
	    field_text(item, "txId"), "tx id");
	assert_hex(owned->issue_id, sizeof owned->issue_id,
	    field_text(item, "issue"), "issue");
	ck_assert_uint_eq(owned->transfer_block,
	    field_number(item, "transferBlock"));
	ck_assert_uint_eq(owned->issue_block,
	    field_number(item, "issueBlock"));
	ck_assert_int_eq(owned->item, block ?
	    BITMARK_ITEM_BLOCK : BITMARK_ITEM_ASSET);
	if (block)
		ck_assert_uint_eq(owned->owned_block,
		    field_number(item, "blockNumber"));
	else
		assert_hex(owned->asset_id, sizeof owned->asset_id,
		    field_text(item, "assetId"), "asset");
}

/* Read the list in pages of ${page} items. */
static void
assert_list(const json_t *owner, size_t page)
{
	const json_t *items = json_object_get(owner, "items");
	struct bitmark_account account = read_account(owner, "bytes");
	struct bitmark_owned owned[64] = {
		{ .struct_size = sizeof owned[0] },
	};
	uint64_t start = 0;
	size_t at = 0, count;

	do {
		ck_assert_int_eq(bitmark_snapshot_owned(g.snap, &account, start,
		    owned, page, &count), BITMARK_OK);
		for (size_t i = 0; i < count; i++)
			assert_owned(&owned[i], json_array_get(items, at++));
		if (count != 0)
			start = owned[count - 1].n + 1;
	} while (count == page);
	ck_assert_uint_eq(at, json_array_size(items));
}

START_TEST(owners_have_the_items_of_v8_2_in_the_same_order)
{
	json_t *owners, *owner;
	size_t i;

	g = golden_open(_i);
	owners = json_object_get(g.of->facts, "owners");
	json_array_foreach(owners, i, owner) {
		struct bitmark_account account = read_account(owner, "bytes");
		uint64_t next;

		assert_list(owner, 64);
		assert_list(owner, 7);
		ck_assert_int_eq(bitmark_snapshot_owned_next(g.snap, &account,
		    &next), BITMARK_OK);
		ck_assert_uint_eq(next, field_number(owner, "nextCount"));
	}
	golden_close(&g);
}
END_TEST

START_TEST(a_page_without_room_has_no_items)
{
	const json_t *owner;
	struct bitmark_account account;
	size_t count = 1;

	g = golden_open(_i);
	owner = json_array_get(json_object_get(g.of->facts, "owners"), 0);
	account = read_account(owner, "bytes");
	ck_assert_int_eq(bitmark_snapshot_owned(g.snap, &account, 0, NULL, 0,
	    &count), BITMARK_OK);
	ck_assert_uint_eq(count, 0);
	golden_close(&g);
}
END_TEST

/* An element as a program has it that knows more members than the library. */
struct larger {
	struct bitmark_owned known;
	uint8_t later[24];
};

START_TEST(a_page_has_elements_of_the_size_that_its_first_one_says)
{
	const json_t *owner, *items;
	struct bitmark_account account;
	struct larger page[8];
	size_t count;

	memset(page, 0xff, sizeof page);
	page[0].known.struct_size = sizeof page[0];
	g = golden_open(_i);
	owner = json_array_get(json_object_get(g.of->facts, "owners"), 0);
	items = json_object_get(owner, "items");
	account = read_account(owner, "bytes");
	ck_assert_int_eq(bitmark_snapshot_owned(g.snap, &account, 0,
	    &page[0].known, 8, &count), BITMARK_OK);
	ck_assert_uint_gt(count, 1);
	for (size_t i = 0; i < count; i++) {
		assert_owned(&page[i].known, json_array_get(items, i));
		ck_assert_uint_eq(page[i].known.struct_size, sizeof page[i]);
		for (size_t k = 0; k < sizeof page[i].later; k++)
			ck_assert_uint_eq(page[i].later[k], 0);
	}
	golden_close(&g);
}
END_TEST

START_TEST(answers_need_the_size_of_their_struct)
{
	const uint8_t id[BITMARK_ASSET_ID_SIZE] = { 1, 2, 3 };
	struct bitmark_account account = { .network = BITMARK_NETWORK_TEST };
	struct bitmark_confirmed c = { .struct_size = 8 };
	struct bitmark_owned owned = { .struct_size = 8 };
	size_t count;

	g = golden_open(_i);
	ck_assert_int_eq(bitmark_snapshot_transaction(g.snap, id, &c),
	    BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_snapshot_asset(g.snap, id, &c),
	    BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_snapshot_ownership(g.snap, id, &account,
	    &owned), BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_snapshot_owned(g.snap, &account, 0, &owned, 1,
	    &count), BITMARK_E_ARGUMENT);
	golden_close(&g);
}
END_TEST

START_TEST(the_last_transaction_tells_who_holds_an_item)
{
	json_t *owners, *owner, *item;
	size_t i, k;

	g = golden_open(_i);
	owners = json_object_get(g.of->facts, "owners");
	json_array_foreach(owners, i, owner) {
		struct bitmark_account holder = read_account(owner, "bytes");

		json_array_foreach(json_object_get(owner, "items"), k, item) {
			struct bitmark_account found;
			struct bitmark_owned owned = { .struct_size = sizeof owned };
			uint8_t id[BITMARK_TX_ID_SIZE];

			read_id(item, "txId", id, sizeof id);
			ck_assert_int_eq(bitmark_snapshot_ownership(g.snap, id,
			    &found, &owned), BITMARK_OK);
			ck_assert(bitmark_account_equal(&found, &holder));
			assert_owned(&owned, item);
		}
	}
	golden_close(&g);
}
END_TEST

/* However often it has moved on. */
START_TEST(an_issue_and_a_foundation_tell_where_their_item_is)
{
	json_t *owners, *owner, *item;
	size_t i, k;

	g = golden_open(_i);
	owners = json_object_get(g.of->facts, "owners");
	json_array_foreach(owners, i, owner) {
		json_array_foreach(json_object_get(owner, "items"), k, item) {
			struct bitmark_owned owned = { .struct_size =
			    sizeof owned };
			uint8_t id[BITMARK_TX_ID_SIZE];
			bool moved = field_number(item, "transferBlock") != 0;

			read_id(item, "issue", id, sizeof id);
			ck_assert_int_eq(bitmark_snapshot_item(g.snap, id,
			    &owned), BITMARK_OK);
			assert_owned(&owned, item);
			read_id(item, "txId", id, sizeof id);
			ck_assert_int_eq(bitmark_snapshot_item(g.snap, id,
			    &owned), moved ? BITMARK_E_NOT_FOUND : BITMARK_OK);
		}
	}
	golden_close(&g);
}
END_TEST

/* Ids in their order, found by each length of what they begin with. */
START_TEST(ids_are_found_by_what_they_begin_with)
{
	static uint8_t ids[4096][BITMARK_TX_ID_SIZE], found[8][BITMARK_TX_ID_SIZE];
	uint8_t asset[8][BITMARK_ASSET_ID_SIZE], longer[80] = { 0 };
	struct bitmark_span none = { NULL, 0 }, prefix;
	size_t count, same;

	g = golden_open(_i);
	ck_assert_int_eq(bitmark_snapshot_transaction_ids(g.snap, none,
	    ids[0], 4096, &count), BITMARK_OK);
	ck_assert_uint_gt(count, 10);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			ck_assert_int_lt(memcmp(ids[i - 1], ids[i], 32), 0);
		prefix = (struct bitmark_span){ ids[i], 1 + i % 32 };
		ck_assert_int_eq(bitmark_snapshot_transaction_ids(g.snap,
		    prefix, found[0], 8, &same), BITMARK_OK);
		ck_assert_uint_gt(same, 0);
		for (size_t k = 0; k < same; k++)
			ck_assert_mem_eq(found[k], ids[i], prefix.size);
	}
	ck_assert_int_eq(bitmark_snapshot_transaction_ids(g.snap, none,
	    found[0], 3, &same), BITMARK_OK);
	ck_assert_uint_eq(same, 3);
	ck_assert_mem_eq(found, ids, 3 * 32);
	ck_assert_int_eq(bitmark_snapshot_asset_ids(g.snap, none, asset[0],
	    8, &same), BITMARK_OK);
	ck_assert_uint_gt(same, 0);
	prefix = (struct bitmark_span){ asset[same - 1], 64 };
	ck_assert_int_eq(bitmark_snapshot_asset_ids(g.snap, prefix, asset[0],
	    8, &same), BITMARK_OK);
	ck_assert_uint_eq(same, 1);
	prefix = (struct bitmark_span){ longer, sizeof longer };
	ck_assert_int_eq(bitmark_snapshot_asset_ids(g.snap, prefix, asset[0],
	    8, &same), BITMARK_OK);
	ck_assert_uint_eq(same, 0);
	golden_close(&g);
}
END_TEST

START_TEST(a_record_that_was_transferred_on_holds_no_item)
{
	size_t links = 0;

	g = golden_open(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const json_t *tx;
		size_t k;

		json_array_foreach(block_transactions(g.of, i), k, tx) {
			const json_t *record = json_object_get(tx, "record");
			struct bitmark_account account;
			struct bitmark_owned owned = { .struct_size = sizeof owned };
			uint8_t link[BITMARK_TX_ID_SIZE];

			if (field_text(record, "link") == NULL)
				continue;
			links++;
			read_id(record, "link", link, sizeof link);
			ck_assert_int_eq(bitmark_snapshot_ownership(g.snap,
			    link, &account, &owned), BITMARK_E_NOT_FOUND);
		}
	}
	ck_assert_uint_gt(links, 0);
	golden_close(&g);
}
END_TEST

START_TEST(unknown_ids_are_not_found)
{
	const uint8_t id[BITMARK_ASSET_ID_SIZE] = { 1, 2, 3 };
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	struct bitmark_account account = { .network = BITMARK_NETWORK_TEST,
	    .algorithm = BITMARK_KEY_ED25519, .key = { 9 } };
	struct bitmark_owned owned = { .struct_size = sizeof owned };
	uint64_t number;
	size_t count;

	g = golden_open(_i);
	ck_assert_int_eq(bitmark_snapshot_transaction(g.snap, id, &c),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_snapshot_asset(g.snap, id, &c),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_snapshot_owned_block(g.snap, id, &number),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_snapshot_ownership(g.snap, id, &account,
	    &owned), BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_snapshot_item(g.snap, id, &owned),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bitmark_snapshot_owned_next(g.snap, &account, &number),
	    BITMARK_OK);
	ck_assert_uint_eq(number, 0);
	ck_assert_int_eq(bitmark_snapshot_owned(g.snap, &account, 0, &owned, 1,
	    &count), BITMARK_OK);
	ck_assert_uint_eq(count, 0);
	golden_close(&g);
}
END_TEST

int
main(void)
{
	const TTest *const of_both[] = {
		owners_have_the_items_of_v8_2_in_the_same_order,
		a_page_without_room_has_no_items,
		a_page_has_elements_of_the_size_that_its_first_one_says,
		answers_need_the_size_of_their_struct,
		the_last_transaction_tells_who_holds_an_item,
		an_issue_and_a_foundation_tell_where_their_item_is,
		ids_are_found_by_what_they_begin_with,
		a_record_that_was_transferred_on_holds_no_item,
		unknown_ids_are_not_found,
	};
	Suite *suite = suite_create("chain owned");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, golden_stores_make,
	    golden_stores_remove);
	for (size_t i = 0; i < sizeof of_both / sizeof of_both[0]; i++)
		tcase_add_loop_test(tc, of_both[i], 0, GOLDEN_COUNT);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
