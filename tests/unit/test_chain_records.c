/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Confirmed records are found as v8.2 has them: by id, by block, and back
 * through their history. */
#include "../support/golden_stores.h"

#include <stdlib.h>
#include <string.h>

static struct golden g;

static void
assert_place(const struct bitmark_confirmed *c, size_t i, const json_t *tx)
{
	const struct block_facts b = block_facts(g.of, i);
	size_t offset = (size_t)field_number(tx, "offset");
	size_t length = (size_t)field_number(tx, "length");

	ck_assert_uint_eq(c->number, b.number);
	ck_assert_uint_eq(c->offset, offset);
	ck_assert_uint_eq(c->packed.size, length);
	ck_assert_mem_eq(c->packed.data, b.packed.data + offset, length);
	ck_assert_uint_eq((uint64_t)c->record.tag, field_number(tx, "tag"));
}

START_TEST(every_transaction_is_found_by_its_id)
{
	json_t *seen = json_object();

	g = golden_open(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const json_t *tx;
		size_t k;

		json_array_foreach(block_transactions(g.of, i), k, tx) {
			struct bitmark_confirmed c = { .struct_size = sizeof c };
			uint8_t id[BITMARK_TX_ID_SIZE];
			bitmark_status status;

			read_id(tx, "txId", id, sizeof id);
			status = bitmark_snapshot_transaction(g.snap, id, &c);
			ck_assert_int_eq(status, is_filed(tx) ?
			    BITMARK_OK : BITMARK_E_NOT_FOUND);
			if (is_filed(tx) && is_first_copy(seen,
			    field_text(tx, "txId")))
				assert_place(&c, i, tx);
		}
	}
	json_decref(seen);
	golden_close(&g);
}
END_TEST

/* One base record, or both when the second one is also base data. */
static size_t
base_size(size_t i)
{
	const json_t *first = json_array_get(block_transactions(g.of, i), 0);
	const json_t *second = json_array_get(block_transactions(g.of, i), 1);
	size_t size = (size_t)field_number(first, "length");

	if (field_number(second, "tag") == BITMARK_RECORD_BASE_DATA)
		size += (size_t)field_number(second, "length");
	return size;
}

START_TEST(a_foundation_has_the_base_records_of_its_block)
{
	g = golden_open(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const struct block_facts b = block_facts(g.of, i);
		struct bitmark_confirmed c = { .struct_size = sizeof c };
		uint8_t id[BITMARK_TX_ID_SIZE];

		read_id(b.json, "foundationTxId", id, sizeof id);
		ck_assert_int_eq(bitmark_snapshot_transaction(g.snap, id, &c),
		    BITMARK_OK);
		ck_assert_uint_eq(c.number, b.number);
		ck_assert_uint_eq(c.offset, BITMARK_HEADER_SIZE);
		ck_assert_uint_eq(c.packed.size, base_size(i));
		ck_assert_mem_eq(c.packed.data,
		    b.packed.data + BITMARK_HEADER_SIZE, c.packed.size);
	}
	golden_close(&g);
}
END_TEST

START_TEST(an_asset_is_found_where_it_was_first_registered)
{
	json_t *seen = json_object();
	size_t repeated = 0;

	g = golden_open(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const json_t *tx;
		size_t k;

		json_array_foreach(block_transactions(g.of, i), k, tx) {
			struct bitmark_confirmed c = { .struct_size = sizeof c };
			uint8_t id[BITMARK_ASSET_ID_SIZE];

			if (field_number(tx, "tag") != BITMARK_RECORD_ASSET)
				continue;
			read_id(tx, "assetId", id, sizeof id);
			ck_assert_int_eq(bitmark_snapshot_asset(g.snap, id, &c),
			    BITMARK_OK);
			if (is_first_copy(seen, field_text(tx, "assetId")))
				assert_place(&c, i, tx);
			else
				repeated++;
		}
	}
	ck_assert_uint_gt(repeated, 0);
	json_decref(seen);
	golden_close(&g);
}
END_TEST

/* Number of the block with this foundation id; 0: none. */
static uint64_t
golden_foundation(const char *tx_id)
{
	for (size_t i = 0; i < g.of->count; i++)
		if (strcmp(field_text(block_facts(g.of, i).json,
		    "foundationTxId"), tx_id) == 0)
			return block_facts(g.of, i).number;
	return 0;
}

/* The foundation at the end of the links. */
static uint64_t
block_at_end_of_links(const char *tx_id)
{
	const json_t *tx;

	while ((tx = golden_transaction(g.of, tx_id)) != NULL)
		tx_id = field_text(json_object_get(tx, "record"), "link");
	return golden_foundation(tx_id);
}

/* v8.2 files an owner transfer under the block that contains it [D-20]; here
 * it is the block that is owned.  All other entries are as they are there. */
START_TEST(block_ownership_names_the_owned_block_D_20)
{
	json_t *index, *entry;
	size_t i, transfers = 0;

	g = golden_open(_i);
	index = json_object_get(g.of->facts, "blockOwnerTxIndex");
	json_array_foreach(index, i, entry) {
		const char *text = field_text(entry, "txId");
		uint64_t wanted = field_number(entry, "block"), number;
		uint8_t id[BITMARK_TX_ID_SIZE];

		if (golden_foundation(text) == 0) {
			wanted = block_at_end_of_links(text);
			transfers++;
		}
		read_id(entry, "txId", id, sizeof id);
		ck_assert_int_eq(bitmark_snapshot_owned_block(g.snap, id,
		    &number), BITMARK_OK);
		ck_assert_uint_eq(number, wanted);
	}
	ck_assert_uint_gt(transfers, 0);
	golden_close(&g);
}
END_TEST

START_TEST(only_foundations_and_owner_transfers_carry_a_block)
{
	g = golden_open(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const json_t *tx;
		size_t k;

		json_array_foreach(block_transactions(g.of, i), k, tx) {
			uint8_t id[BITMARK_TX_ID_SIZE];
			bitmark_status status;
			uint64_t number;

			read_id(tx, "txId", id, sizeof id);
			status = bitmark_snapshot_owned_block(g.snap, id,
			    &number);
			ck_assert_int_eq(status, field_number(tx, "tag") ==
			    BITMARK_RECORD_OWNER_TRANSFER ?
			    BITMARK_OK : BITMARK_E_NOT_FOUND);
		}
	}
	golden_close(&g);
}
END_TEST

static bool
is_owner_transfer(const json_t *tx)
{
	return tx != NULL &&
	    field_number(tx, "tag") == BITMARK_RECORD_OWNER_TRANSFER;
}

static const char *
link_of(const json_t *tx)
{
	return field_text(json_object_get(tx, "record"), "link");
}

/* Is the transaction TXID in block [i]? */
static bool
block_has(size_t i, const char *tx_id)
{
	const json_t *tx;
	size_t k;

	json_array_foreach(block_transactions(g.of, i), k, tx)
		if (strcmp(field_text(tx, "txId"), tx_id) == 0)
			return true;
	return false;
}

/*
 * The currency map that block [i] should have: that of the last transfer of its
 * ownership.  Also whether v8.2 has a wrong map for it, because an ownership was
 * transferred twice: that of this block, or one whose first transfer is in this
 * block [D-20].
 */
struct map_story {
	const json_t *last;             /* NULL: never transferred */
	bool wrong;
};

static struct map_story
map_story(size_t i)
{
	uint64_t number = block_facts(g.of, i).number;
	struct map_story story = { NULL, false };

	for (size_t at = 0; at < g.of->count; at++) {
		const json_t *tx;
		size_t k;

		json_array_foreach(block_transactions(g.of, at), k, tx) {
			bool again, mine;

			if (!is_owner_transfer(tx))
				continue;
			again = is_owner_transfer(golden_transaction(g.of,
			    link_of(tx)));
			mine = block_at_end_of_links(field_text(tx,
			    "txId")) == number;
			if (mine)
				story.last = tx;
			if (again && (mine || block_has(i, link_of(tx))))
				story.wrong = true;
		}
	}
	return story;
}

/* The packed map of a record with payments. */
static size_t
pack_map(const json_t *tx, uint8_t out[BITMARK_PAYMENTS_PACKED_MAX])
{
	static const char *const currencies[] = { "BTC", "LTC" };
	const json_t *payments = json_object_get(json_object_get(tx,
	    "record"), "payments");
	size_t size = 0;

	for (size_t i = 0; i < 2; i++) {
		const char *address = field_text(payments, currencies[i]);
		size_t length = strlen(address);

		out[size++] = (uint8_t)(i + 1);
		out[size++] = (uint8_t)length;
		memcpy(out + size, address, length);
		size += length;
	}
	return size;
}

START_TEST(every_block_is_paid_at_its_newest_currency_map)
{
	json_t *maps, *map;
	size_t i, derived = 0;

	g = golden_open(_i);
	maps = json_object_get(g.of->facts, "blockOwnerPayment");
	ck_assert_uint_eq(json_array_size(maps), g.of->count);
	json_array_foreach(maps, i, map) {
		uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
		uint8_t wanted[BITMARK_PAYMENTS_PACKED_MAX];
		struct map_story story = map_story(i);
		size_t size;

		ck_assert_int_eq(bitmark_snapshot_payments(g.snap,
		    field_number(map, "block"), packed, &size), BITMARK_OK);
		if (!story.wrong) {
			assert_hex(packed, size, field_text(map, "packed"),
			    "map");
			continue;
		}
		derived++;
		ck_assert_uint_eq(size, pack_map(story.last != NULL ?
		    story.last : json_array_get(block_transactions(g.of, i),
		    0), wanted));
		ck_assert_mem_eq(packed, wanted, size);
	}
	ck_assert_uint_gt(derived, 0);
	ck_assert_uint_lt(derived, g.of->count / 2);
	golden_close(&g);
}
END_TEST

/* The provenance that is expected: the ids from one transaction back. */
struct story {
	const char *id;                 /* of the next step; NULL: the end   */
	const json_t *asset_of;         /* the issue whose asset comes next  */
	size_t steps;
	size_t stop_after;
};

static int
on_step(void *user, const uint8_t *tx_id, const struct bitmark_confirmed *c)
{
	struct story *story = user;
	const json_t *tx, *record;

	story->steps++;
	if (story->asset_of != NULL) {
		ck_assert_int_eq(c->record.tag, BITMARK_RECORD_ASSET);
		assert_hex(tx_id, BITMARK_ASSET_ID_SIZE, field_text(
		    json_object_get(story->asset_of, "record"), "assetId"),
		    "asset");
		story->asset_of = NULL;
		return 0;
	}
	ck_assert_ptr_nonnull(story->id);
	assert_hex(tx_id, BITMARK_TX_ID_SIZE, story->id, "step");
	tx = golden_transaction(g.of, story->id);
	record = json_object_get(tx, "record");
	story->id = tx == NULL ? NULL : field_text(record, "link");
	if (tx != NULL && story->id == NULL)
		story->asset_of = tx;
	return story->steps == story->stop_after;
}

/* Is the asset of this issue registered? */
static bool
has_asset(const json_t *issue)
{
	struct bitmark_confirmed c = { .struct_size = sizeof c };
	uint8_t id[BITMARK_ASSET_ID_SIZE];

	read_id(json_object_get(issue, "record"), "assetId", id, sizeof id);
	return bitmark_snapshot_asset(g.snap, id, &c) == BITMARK_OK;
}

START_TEST(provenance_goes_back_to_the_asset_or_the_foundation)
{
	g = golden_open(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const json_t *tx;
		size_t k;

		json_array_foreach(block_transactions(g.of, i), k, tx) {
			struct story story = { .id = field_text(tx, "txId") };
			uint8_t id[BITMARK_TX_ID_SIZE];

			/* Every transfer, and of the many issues some. */
			if (!is_filed(tx) || (field_number(tx, "tag") ==
			    BITMARK_RECORD_ISSUE && k % 100 != 2))
				continue;
			read_id(tx, "txId", id, sizeof id);
			ck_assert_int_eq(bitmark_snapshot_provenance(g.snap, id,
			    on_step, &story), BITMARK_OK);
			ck_assert_ptr_null(story.id);
			ck_assert(story.asset_of == NULL ||
			    !has_asset(story.asset_of));
		}
	}
	golden_close(&g);
}
END_TEST

START_TEST(provenance_stops_when_told)
{
	json_t *owners, *owner, *item;
	size_t i, k, stopped = 0;

	g = golden_open(_i);
	owners = json_object_get(g.of->facts, "owners");
	json_array_foreach(owners, i, owner) {
		json_array_foreach(json_object_get(owner, "items"), k, item) {
			struct story story = { .id = field_text(item, "txId"),
			    .stop_after = 1 };
			uint8_t id[BITMARK_TX_ID_SIZE];

			if (field_number(item, "transferBlock") == 0)
				continue;
			read_id(item, "txId", id, sizeof id);
			ck_assert_int_eq(bitmark_snapshot_provenance(g.snap, id,
			    on_step, &story), BITMARK_OK);
			ck_assert_uint_eq(story.steps, 1);
			stopped++;
		}
	}
	ck_assert_uint_gt(stopped, 0);
	golden_close(&g);
}
END_TEST

START_TEST(provenance_of_an_unknown_id_is_not_found)
{
	const uint8_t id[BITMARK_TX_ID_SIZE] = { 7 };
	struct story story = { .id = "" };

	g = golden_open(_i);
	ck_assert_int_eq(bitmark_snapshot_provenance(g.snap, id, on_step,
	    &story), BITMARK_E_NOT_FOUND);
	ck_assert_uint_eq(story.steps, 0);
	golden_close(&g);
}
END_TEST

int
main(void)
{
	const TTest *const of_both[] = {
		every_transaction_is_found_by_its_id,
		a_foundation_has_the_base_records_of_its_block,
		an_asset_is_found_where_it_was_first_registered,
		block_ownership_names_the_owned_block_D_20,
		only_foundations_and_owner_transfers_carry_a_block,
		every_block_is_paid_at_its_newest_currency_map,
		provenance_goes_back_to_the_asset_or_the_foundation,
		provenance_stops_when_told,
		provenance_of_an_unknown_id_is_not_found,
	};
	Suite *suite = suite_create("chain records");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, golden_stores_make,
	    golden_stores_remove);
	for (size_t i = 0; i < sizeof of_both / sizeof of_both[0]; i++)
		tcase_add_loop_test(tc, of_both[i], 0, GOLDEN_COUNT);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
