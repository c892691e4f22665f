/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The state of a store is the one that v8.2 has after the same blocks: tip,
 * blocks, digests, CRCs, counts. */
#include "../support/golden_stores.h"

#include <stdlib.h>
#include <string.h>

static struct golden g;

START_TEST(the_tip_is_the_last_block_of_the_file)
{
	struct block_facts last;
	struct bitmark_tip tip;
	const json_t *header;

	g = golden_open(_i);
	last = block_facts(g.of, g.of->count - 1);
	header = json_object_get(last.json, "header");
	bitmark_snapshot_tip(g.snap, &tip);
	ck_assert_uint_eq(tip.number, field_number(g.of->facts, "height"));
	assert_hex(tip.digest, sizeof tip.digest,
	    field_text(g.of->facts, "tipDigest"), "tip");
	ck_assert_uint_eq(tip.crc,
	    strtoull(field_text(g.of->facts, "latestCRC"), NULL, 16));
	ck_assert_uint_eq(tip.version, field_number(header, "version"));
	ck_assert_uint_eq(tip.timestamp, field_number(header, "timestamp"));
	golden_close(&g);
}
END_TEST

START_TEST(pay_nonces_are_what_the_ring_reader_returns)
{
	uint64_t crc[BITMARK_PAY_NONCE_COUNT];
	size_t count;
	json_t *ring;

	g = golden_open(_i);
	ring = json_object_get(g.of->facts, "ringCRC");
	ck_assert_uint_eq(json_array_size(ring), BITMARK_PAY_NONCE_COUNT);
	ck_assert_int_eq(bitmark_snapshot_pay_nonces(g.snap, crc,
	    BITMARK_PAY_NONCE_COUNT, &count), BITMARK_OK);
	ck_assert_uint_eq(count, BITMARK_PAY_NONCE_COUNT);
	for (size_t i = 0; i < BITMARK_PAY_NONCE_COUNT; i++)
		ck_assert_uint_eq(crc[i], strtoull(json_string_value(
		    json_array_get(ring, i)), NULL, 16));
	/* The newest ones, as many as there is room for. */
	memset(crc, 0, sizeof crc);
	ck_assert_int_eq(bitmark_snapshot_pay_nonces(g.snap, crc, 2, &count),
	    BITMARK_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(crc[0], strtoull(json_string_value(
	    json_array_get(ring, 0)), NULL, 16));
	ck_assert_uint_ne(crc[1], 0);
	ck_assert_uint_eq(crc[2], 0);
	golden_close(&g);
}
END_TEST

START_TEST(counts_are_those_of_the_tables_of_v8_2)
{
	struct bitmark_counts counts = { .struct_size = sizeof counts };
	const json_t *wanted;

	g = golden_open(_i);
	wanted = json_object_get(g.of->facts, "counts");
	ck_assert_int_eq(bitmark_snapshot_counts(g.snap, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.blocks, g.of->count);
	ck_assert_uint_eq(counts.assets, field_number(wanted, "assets"));
	ck_assert_uint_eq(counts.transactions,
	    field_number(wanted, "transactions"));
	ck_assert_uint_eq(counts.owned, field_number(wanted, "owned"));
	ck_assert_uint_eq(counts.block_owner_txs,
	    field_number(wanted, "blockOwnerTxIndex"));
	ck_assert_uint_eq(counts.accounts,
	    json_array_size(json_object_get(g.of->facts, "owners")));
	ck_assert_uint_gt(counts.used_bytes, 0);
	ck_assert_uint_le(counts.used_bytes, counts.map_bytes);
	golden_close(&g);
}
END_TEST

START_TEST(every_block_is_there_with_its_digest_and_crc)
{
	g = golden_open(_i);
	for (size_t i = 0; i < g.of->count; i++) {
		const struct block_facts b = block_facts(g.of, i);
		uint8_t digest[BITMARK_DIGEST_SIZE];
		struct bitmark_span block;
		uint64_t crc;

		ck_assert_int_eq(bitmark_snapshot_block(g.snap, b.number,
		    &block), BITMARK_OK);
		ck_assert_uint_eq(block.size, b.packed.size);
		ck_assert_mem_eq(block.data, b.packed.data, block.size);
		ck_assert_int_eq(bitmark_snapshot_digest(g.snap, b.number,
		    digest), BITMARK_OK);
		ck_assert_mem_eq(digest, b.digest, sizeof digest);
		ck_assert_int_eq(bitmark_snapshot_crc(g.snap, b.number, &crc),
		    BITMARK_OK);
		ck_assert_uint_eq(crc, b.crc);
	}
	golden_close(&g);
}
END_TEST

START_TEST(above_the_tip_there_is_nothing)
{
	static const uint64_t above[] = { 1, 2, 1000, UINT64_MAX / 2 };
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	struct bitmark_span block;
	uint64_t crc;
	size_t size;

	g = golden_open(_i);
	for (size_t i = 0; i < sizeof above / sizeof above[0]; i++) {
		uint64_t number = field_number(g.of->facts, "height") +
		    above[i];

		ck_assert_int_eq(bitmark_snapshot_block(g.snap, number, &block),
		    BITMARK_E_BLOCK_NOT_FOUND);
		ck_assert_int_eq(bitmark_snapshot_digest(g.snap, number,
		    digest), BITMARK_E_BLOCK_NOT_FOUND);
		ck_assert_int_eq(bitmark_snapshot_crc(g.snap, number, &crc),
		    BITMARK_E_BLOCK_NOT_FOUND);
		ck_assert_int_eq(bitmark_snapshot_payments(g.snap, number,
		    packed, &size), BITMARK_E_BLOCK_NOT_FOUND);
	}
	golden_close(&g);
}
END_TEST

START_TEST(a_view_gives_what_the_snapshot_gives)
{
	struct bitmark_view view = { .struct_size = sizeof view };
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;

	g = golden_open(_i);
	ck_assert_int_eq(bitmark_snapshot_view(g.snap, &view), BITMARK_OK);
	ck_assert_uint_eq(view.height(view.user),
	    field_number(g.of->facts, "height"));
	for (size_t i = 0; i < g.of->count; i++) {
		const struct block_facts b = block_facts(g.of, i);

		ck_assert_int_eq(view.block(view.user, b.number, &block),
		    BITMARK_OK);
		ck_assert_mem_eq(block.data, b.packed.data, b.packed.size);
		ck_assert_int_eq(view.digest(view.user, b.number, digest),
		    BITMARK_OK);
		ck_assert_mem_eq(digest, b.digest, sizeof digest);
	}
	ck_assert_int_eq(view.block(view.user, 1, &block),
	    BITMARK_E_BLOCK_NOT_FOUND);
	golden_close(&g);
}
END_TEST

/* The state after a block, computed from the golden file alone. */
struct expected {
	json_t *seen_txs;
	json_t *seen_assets;
	struct bitmark_counts counts;
};

static void
expect_block(struct expected *e, size_t i)
{
	const json_t *tx;
	size_t k;

	e->counts.blocks++;
	e->counts.transactions++;
	e->counts.block_owner_txs++;
	json_array_foreach(block_transactions(g.of, i), k, tx) {
		uint64_t tag = field_number(tx, "tag");

		if (is_filed(tx) && is_first_copy(e->seen_txs,
		    field_text(tx, "txId")))
			e->counts.transactions++;
		if (tag == BITMARK_RECORD_ASSET && is_first_copy(
		    e->seen_assets, field_text(tx, "assetId")))
			e->counts.assets++;
		if (tag == BITMARK_RECORD_OWNER_TRANSFER)
			e->counts.block_owner_txs++;
	}
}

static void
assert_counts(struct bitmark_snapshot *s, const struct bitmark_counts *wanted)
{
	struct bitmark_counts counts = { .struct_size = sizeof counts };

	ck_assert_int_eq(bitmark_snapshot_counts(s, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.blocks, wanted->blocks);
	ck_assert_uint_eq(counts.transactions, wanted->transactions);
	ck_assert_uint_eq(counts.assets, wanted->assets);
	ck_assert_uint_eq(counts.block_owner_txs, wanted->block_owner_txs);
}

/* The tip and the pay nonces after blocks [0] to [i]. */
static void
assert_newest(struct bitmark_snapshot *s, size_t i)
{
	const struct block_facts b = block_facts(g.of, i);
	uint64_t crc[BITMARK_PAY_NONCE_COUNT];
	struct bitmark_tip tip;
	size_t count;

	bitmark_snapshot_tip(s, &tip);
	ck_assert_uint_eq(tip.number, b.number);
	ck_assert_mem_eq(tip.digest, b.digest, sizeof tip.digest);
	ck_assert_uint_eq(tip.crc, b.crc);
	ck_assert_int_eq(bitmark_snapshot_pay_nonces(s, crc,
	    BITMARK_PAY_NONCE_COUNT, &count), BITMARK_OK);
	ck_assert_uint_eq(count, BITMARK_PAY_NONCE_COUNT);
	for (size_t k = 0; k < BITMARK_PAY_NONCE_COUNT; k++)
		ck_assert_uint_eq(crc[k], k <= i ?
		    block_facts(g.of, i - k).crc :
		    bitmark_chain_params_find("local")->genesis_crc);
}

START_TEST(every_block_on_the_way_gives_the_state_of_its_height)
{
	struct expected e = { json_object(), json_object(), { 0 } };
	char *path = store_directory();

	g.of = golden_only(_i);
	g.chain = store_open(path);
	g.snap = store_snapshot(g.chain);
	assert_counts(g.snap, &e.counts);
	for (size_t i = 0; i < g.of->count; i++) {
		bitmark_snapshot_release(g.snap);
		store_add(g.chain, g.of, block_facts(g.of, i).number);
		expect_block(&e, i);
		ck_assert_int_eq(bitmark_snapshot_renew(g.snap), BITMARK_OK);
		assert_newest(g.snap, i);
		assert_counts(g.snap, &e.counts);
	}
	golden_close(&g);
	store_remove(path);
	json_decref(e.seen_txs);
	json_decref(e.seen_assets);
}
END_TEST

START_TEST(genesis_has_a_digest_and_a_crc_but_no_block)
{
	const struct bitmark_chain_params *params =
	    bitmark_chain_params_find("local");
	uint8_t digest[BITMARK_DIGEST_SIZE];
	struct bitmark_span block;
	uint64_t crc;

	g = golden_open(0);
	for (uint64_t number = 0; number <= 1; number++) {
		ck_assert_int_eq(bitmark_snapshot_digest(g.snap, number,
		    digest), BITMARK_OK);
		ck_assert_mem_eq(digest, params->genesis_digest,
		    sizeof digest);
		ck_assert_int_eq(bitmark_snapshot_block(g.snap, number, &block),
		    BITMARK_E_BLOCK_NOT_FOUND);
	}
	ck_assert_int_eq(bitmark_snapshot_crc(g.snap, 1, &crc), BITMARK_OK);
	ck_assert_uint_eq(crc, params->genesis_crc);
	ck_assert_int_eq(bitmark_snapshot_crc(g.snap, 0, &crc),
	    BITMARK_E_BLOCK_NOT_FOUND);
	golden_close(&g);
}
END_TEST

START_TEST(an_empty_store_is_at_genesis)
{
	const struct bitmark_chain_params *params =
	    bitmark_chain_params_find("local");
	char *path = store_directory();
	uint64_t crc[BITMARK_PAY_NONCE_COUNT];
	struct bitmark_tip tip;
	size_t count;

	g.chain = store_open(path);
	g.snap = store_snapshot(g.chain);
	bitmark_snapshot_tip(g.snap, &tip);
	ck_assert_uint_eq(tip.number, BITMARK_GENESIS_NUMBER);
	ck_assert_uint_eq(tip.timestamp, 0);
	ck_assert_mem_eq(tip.digest, params->genesis_digest,
	    sizeof tip.digest);
	ck_assert_int_eq(bitmark_snapshot_pay_nonces(g.snap, crc,
	    BITMARK_PAY_NONCE_COUNT, &count), BITMARK_OK);
	ck_assert_uint_eq(count, BITMARK_PAY_NONCE_COUNT);
	for (size_t i = 0; i < BITMARK_PAY_NONCE_COUNT; i++)
		ck_assert_uint_eq(crc[i], params->genesis_crc);
	golden_close(&g);
	store_remove(path);
}
END_TEST

int
main(void)
{
	const TTest *const of_both[] = {
		the_tip_is_the_last_block_of_the_file,
		pay_nonces_are_what_the_ring_reader_returns,
		counts_are_those_of_the_tables_of_v8_2,
		every_block_is_there_with_its_digest_and_crc,
		above_the_tip_there_is_nothing,
		a_view_gives_what_the_snapshot_gives,
		every_block_on_the_way_gives_the_state_of_its_height,
	};
	Suite *suite = suite_create("chain state");
	TCase *tc = tcase_create("golden");

	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, golden_stores_make,
	    golden_stores_remove);
	for (size_t i = 0; i < sizeof of_both / sizeof of_both[0]; i++)
		tcase_add_loop_test(tc, of_both[i], 0, GOLDEN_COUNT);
	tcase_add_test(tc, genesis_has_a_digest_and_a_crc_but_no_block);
	tcase_add_test(tc, an_empty_store_is_at_genesis);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
