/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Adding and deleting blocks: outcome, effects, exact undo, batches. */
#include <bitmarkpeer/chain.h>

#include "chain/chain.h"
#include "../support/chains.h"
#include "../support/vectors.h"

#include <stdlib.h>
#include <string.h>

#define FORK_POINT 20

static struct golden_chain main_chain, fork_chain;
static char *directory, *other_directory;
static struct bitmark_chain *chain, *other;

static void
setup(void)
{
	main_chain = golden_chain("chain-a");
	fork_chain = golden_chain("chain-a-fork");
	directory = store_directory();
	other_directory = store_directory();
	chain = store_open(directory);
	other = store_open(other_directory);
}

static void
teardown(void)
{
	bitmark_chain_close(chain);
	bitmark_chain_close(other);
	store_remove(directory);
	store_remove(other_directory);
	golden_chain_free(&main_chain);
	golden_chain_free(&fork_chain);
}

static bitmark_status
offer(struct bitmark_chain *to, const struct golden_block *b)
{
	return bitmark_chain_add(to, b->data, b->size, b->digest, CHAIN_NOW);
}

static struct bitmark_counts
counts_of(struct bitmark_chain *of)
{
	struct bitmark_counts counts = { .struct_size = sizeof counts };
	struct bitmark_snapshot *snapshot;

	ck_assert_int_eq(bitmark_snapshot_open(of, &snapshot), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_counts(snapshot, &counts),
	    BITMARK_OK);
	bitmark_snapshot_close(snapshot);
	return counts;
}

static void
assert_counts(struct bitmark_chain *of, const json_t *expected)
{
	struct bitmark_counts counts = counts_of(of);

	ck_assert_uint_eq(counts.assets, field_number(expected, "assets"));
	ck_assert_uint_eq(counts.transactions,
	    field_number(expected, "transactions"));
	ck_assert_uint_eq(counts.owned, field_number(expected, "owned"));
	ck_assert_uint_eq(counts.block_owner_txs,
	    field_number(expected, "blockOwnerTxIndex"));
}

static void
assert_tip_of(struct bitmark_chain *of, const struct golden_chain *golden,
    uint64_t number)
{
	const json_t *fact = json_array_get(json_object_get(golden->facts,
	    "blocks"), (size_t)number - 2);
	struct bitmark_tip tip;
	uint8_t crc[8];

	bitmark_chain_tip(of, &tip);
	ck_assert_uint_eq(tip.number, number);
	ck_assert_mem_eq(tip.digest, golden_block(golden, number)->digest,
	    sizeof tip.digest);
	for (int i = 0; i < 8; i++)
		crc[i] = (uint8_t)(tip.crc >> (56 - 8 * i));
	assert_hex(crc, sizeof crc, field_text(fact, "crc"), "crc");
}

START_TEST(golden_chains_give_the_counts_and_tips_of_the_reference)
{
	store_add(chain, &main_chain, main_chain.height);
	assert_tip_of(chain, &main_chain, main_chain.height);
	assert_counts(chain, json_object_get(main_chain.facts, "counts"));

	store_add(other, &fork_chain, fork_chain.height);
	assert_tip_of(other, &fork_chain, fork_chain.height);
	assert_counts(other, json_object_get(fork_chain.facts, "counts"));
}
END_TEST

START_TEST(store_opened_again_is_where_it_was)
{
	struct bitmark_tip before, after;

	store_add(chain, &main_chain, 6);
	bitmark_chain_tip(chain, &before);
	bitmark_chain_close(chain);
	chain = store_open(directory);
	bitmark_chain_tip(chain, &after);
	ck_assert_uint_eq(after.number, 6);
	ck_assert_mem_eq(after.digest, before.digest, sizeof after.digest);
	ck_assert_uint_eq(after.version, before.version);
	ck_assert_uint_eq(after.timestamp, before.timestamp);
	ck_assert_uint_eq(after.crc, before.crc);
	store_add(chain, &main_chain, 7);
}
END_TEST

START_TEST(every_block_is_undone_exactly_D_21)
{
	uint8_t hashes[32][BITMARK_DIGEST_SIZE], now[BITMARK_DIGEST_SIZE];

	ck_assert_uint_lt(main_chain.height, 32);
	for (uint64_t n = 1; n <= main_chain.height; n++) {
		if (n > 1)
			store_add(chain, &main_chain, n);
		store_hash(chain, hashes[n]);
	}
	for (uint64_t n = main_chain.height; n >= 2; n--) {
		ck_assert_int_eq(bitmark_chain_delete_down(chain, n),
		    BITMARK_OK);
		store_hash(chain, now);
		ck_assert_mem_eq(now, hashes[n - 1], sizeof now);
		if (n > 2)
			assert_tip_of(chain, &main_chain, n - 1);
	}
}
END_TEST

START_TEST(fork_leaves_no_trace_of_the_other_branch)
{
	store_add(chain, &main_chain, main_chain.height);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, FORK_POINT + 1),
	    BITMARK_OK);
	store_add(chain, &fork_chain, fork_chain.height);

	store_add(other, &fork_chain, fork_chain.height);
	assert_same_state(chain, other);
}
END_TEST

START_TEST(rolling_back_to_genesis_gives_an_empty_store)
{
	struct bitmark_tip tip, empty;

	bitmark_chain_tip(other, &empty);
	store_add(chain, &main_chain, main_chain.height);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 2), BITMARK_OK);
	assert_same_state(chain, other);
	bitmark_chain_tip(chain, &tip);
	ck_assert_uint_eq(tip.number, BITMARK_GENESIS_NUMBER);
	ck_assert_mem_eq(tip.digest, empty.digest, sizeof tip.digest);
	ck_assert_uint_eq(tip.timestamp, 0);
	store_add(chain, &main_chain, 3);
}
END_TEST

START_TEST(deleting_knows_its_limits)
{
	store_add(chain, &main_chain, 3);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 1),
	    BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 0),
	    BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 4), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, UINT64_MAX),
	    BITMARK_OK);
	assert_tip_of(chain, &main_chain, 3);
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 3),
	    BITMARK_E_STATE);
}
END_TEST

/*
 * Invalid blocks.
 */

/* The status that this library gives where v8.2 panics. */
static bitmark_status
instead_of_panic(const char *name)
{
	static const struct {
		const char *name;
		bitmark_status status;
	} outcomes[] = {
		{ "difficulty-bits-overflow", BITMARK_E_HEADER_DIFFICULTY },
		{ "double-transfer-in-block", BITMARK_E_DOUBLE_TRANSFER },
		{ "foundation-second", BITMARK_E_OUT_OF_PLACE_FOUNDATION },
		{ "transfer-unknown-link", BITMARK_E_LINK_UNCONFIRMED },
		{ "transfer-in-same-block", BITMARK_E_LINK_UNCONFIRMED },
		{ "block-transfer-of-issue", BITMARK_E_LINK_UNCONFIRMED },
		{ "number-wrong", BITMARK_E_NUMBER },
		{ "base-third", BITMARK_E_OUT_OF_PLACE_BASE },
	};

	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
		if (strcmp(name, outcomes[i].name) == 0)
			return outcomes[i].status;
	ck_abort_msg("no outcome for %s", name);
	return BITMARK_OK;
}

/* A digest that meets every target, or for the one block that has no proof of
 * work, none.  The real ones cost half a second each. */
static bitmark_status
offer_bad(const json_t *bad)
{
	uint8_t digest[BITMARK_DIGEST_SIZE] = { 0 };
	bitmark_status status;
	size_t size;
	uint8_t *block = field_bytes(bad, "packed", &size);

	if (strcmp(field_text(bad, "name"), "digest-above-target") == 0)
		memset(digest, 0xff, sizeof digest);
	status = bitmark_chain_add(chain, block, size, digest, CHAIN_NOW);
	if (status != BITMARK_OK) {
		/* Prepared, it is refused for the same reason. */
		bitmark_chain_prepare(chain, block, size);
		ck_assert_int_eq(bitmark_chain_add(chain, block, size, digest,
		    CHAIN_NOW), status);
	}
	free(block);
	return status;
}

static void
assert_outcome(const json_t *bad)
{
	const char *name = field_text(bad, "name");
	const json_t *counts = json_object_get(bad, "countsAfter");
	uint8_t before[BITMARK_DIGEST_SIZE], after[BITMARK_DIGEST_SIZE];
	bool panics = field_text(bad, "panic") != NULL;
	bitmark_status status;

	store_hash(chain, before);
	status = offer_bad(bad);
	store_hash(chain, after);
	if (panics)
		ck_assert_msg(status == instead_of_panic(name), "%s: %s", name,
		    bitmark_strerror(status));
	else
		assert_error(status, field_text(bad, "error"), name);
	if (status != BITMARK_OK)
		ck_assert_mem_eq(before, after, sizeof before);
	if (counts != NULL)
		assert_counts(chain, counts);
}

START_TEST(every_bad_block_has_its_outcome_D_03_D_05_D_06)
{
	json_t *root = vectors_load("invalid-blocks.json"), *bad;
	json_t *list = json_object_get(root, "blocks");
	size_t i;

	ck_assert_uint_gt(json_array_size(list), 40);
	json_array_foreach(list, i, bad) {
		uint64_t height = field_number(bad, "after_height");
		struct bitmark_tip tip;

		ck_assert_int_eq(bitmark_chain_delete_down(chain, height + 1),
		    BITMARK_OK);
		store_add(chain, &main_chain, height);
		assert_outcome(bad);
		bitmark_chain_tip(chain, &tip);
		if (json_object_get(bad, "heightAfter") != NULL)
			ck_assert_uint_eq(tip.number,
			    field_number(bad, "heightAfter"));
		else
			ck_assert_uint_eq(tip.number, height);
		ck_assert_int_eq(bitmark_chain_delete_down(chain, height + 1),
		    BITMARK_OK);
	}
	json_decref(root);
}
END_TEST

START_TEST(block_accepted_in_an_odd_form_is_undone_exactly)
{
	json_t *root = vectors_load("invalid-blocks.json"), *odd;
	size_t i, accepted = 0;

	json_array_foreach(json_object_get(root, "blocks"), i, odd) {
		uint64_t height = field_number(odd, "after_height");
		uint8_t before[BITMARK_DIGEST_SIZE];
		uint8_t after[BITMARK_DIGEST_SIZE];

		if (strncmp(field_text(odd, "name"), "accepted", 8) != 0)
			continue;
		store_add(chain, &main_chain, height);
		store_hash(chain, before);
		ck_assert_int_eq(offer_bad(odd), BITMARK_OK);
		ck_assert_int_eq(bitmark_chain_delete_down(chain, height + 1),
		    BITMARK_OK);
		store_hash(chain, after);
		ck_assert_mem_eq(before, after, sizeof before);
		accepted++;
	}
	ck_assert_uint_ge(accepted, 5);
	json_decref(root);
}
END_TEST

START_TEST(block_cut_off_anywhere_is_refused)
{
	const struct golden_block *b = golden_block(&main_chain, 2);

	for (size_t size = 0; size < b->size; size++) {
		uint8_t *cut = malloc(size + 1);

		memcpy(cut, b->data, size);
		ck_assert_int_ne(bitmark_chain_add(chain, cut, size, b->digest,
		    CHAIN_NOW), BITMARK_OK);
		free(cut);
	}
	assert_same_state(chain, other);
	ck_assert_int_eq(offer(chain, b), BITMARK_OK);
}
END_TEST

START_TEST(precheck_refuses_what_does_not_follow)
{
	const struct golden_block *next = golden_block(&main_chain, 4);
	const struct golden_block *far = golden_block(&main_chain, 5);

	store_add(chain, &main_chain, 3);
	ck_assert_int_eq(bitmark_chain_precheck(chain, next->data, next->size,
	    CHAIN_NOW), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_precheck(chain, far->data, far->size,
	    CHAIN_NOW), BITMARK_E_PREVIOUS);
	ck_assert_int_eq(bitmark_chain_precheck(chain, next->data,
	    BITMARK_HEADER_SIZE - 1, CHAIN_NOW), BITMARK_E_HEADER_SIZE);
	ck_assert_int_eq(bitmark_chain_precheck(chain, next->data, next->size,
	    0), BITMARK_E_HEADER_TIMESTAMP);
	/* Only the header is read. */
	ck_assert_int_eq(bitmark_chain_precheck(chain, next->data,
	    BITMARK_BLOCK_MAX, CHAIN_NOW), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_precheck(chain, next->data,
	    BITMARK_BLOCK_MAX + 1, CHAIN_NOW), BITMARK_E_LENGTH);
}
END_TEST

START_TEST(genesis_block_is_refused_by_an_empty_store)
{
	const struct bitmark_chain_params *params =
	    bitmark_chain_params_find("local");
	uint8_t *block = malloc(params->genesis_size);

	memcpy(block, params->genesis, params->genesis_size);
	ck_assert_int_eq(bitmark_chain_add(chain, block, params->genesis_size,
	    params->genesis_digest, CHAIN_NOW), BITMARK_E_PREVIOUS);
	/* The shape of genesis on top of genesis. */
	memcpy(block + 12, params->genesis_digest, BITMARK_DIGEST_SIZE);
	ck_assert_int_eq(bitmark_chain_add(chain, block, params->genesis_size,
	    params->genesis_digest, CHAIN_NOW), BITMARK_E_NUMBER);
	free(block);
}
END_TEST

START_TEST(digest_that_is_not_given_is_computed)
{
	const struct golden_block *b = golden_block(&main_chain, 2);

	ck_assert_int_eq(bitmark_chain_add(chain, b->data, b->size, NULL,
	    CHAIN_NOW), BITMARK_OK);
	assert_tip_of(chain, &main_chain, 2);
}
END_TEST

/*
 * Batches.
 */

START_TEST(batch_gives_the_state_of_single_blocks)
{
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	store_add(chain, &main_chain, main_chain.height);
	ck_assert_uint_eq(counts_of(chain).blocks, 0);  /* not seen yet */
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_OK);
	store_add(other, &main_chain, main_chain.height);
	assert_same_state(chain, other);
}
END_TEST

START_TEST(batch_that_is_aborted_leaves_nothing)
{
	struct bitmark_tip tip;

	store_add(chain, &main_chain, 5);
	store_add(other, &main_chain, 5);
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	store_add(chain, &main_chain, 12);
	bitmark_chain_tip(chain, &tip);
	ck_assert_uint_eq(tip.number, 12);
	bitmark_chain_batch_abort(chain);
	assert_tip_of(chain, &main_chain, 5);
	assert_same_state(chain, other);
	store_add(chain, &main_chain, 6);
}
END_TEST

START_TEST(refused_block_leaves_the_batch_as_it_was)
{
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	store_add(chain, &main_chain, 8);
	ck_assert_int_eq(offer(chain, golden_block(&main_chain, 8)),
	    BITMARK_E_PREVIOUS);
	ck_assert_int_eq(offer(chain, golden_block(&main_chain, 10)),
	    BITMARK_E_PREVIOUS);
	store_add(chain, &main_chain, 9);
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_OK);
	store_add(other, &main_chain, 9);
	assert_same_state(chain, other);
}
END_TEST

START_TEST(batches_are_not_nested)
{
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_OK);
	bitmark_chain_batch_abort(chain);       /* nothing to abort */
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain_add");
	TCase *tc = tcase_create("chain_add");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc,
	    golden_chains_give_the_counts_and_tips_of_the_reference);
	tcase_add_test(tc, store_opened_again_is_where_it_was);
	tcase_add_test(tc, every_block_is_undone_exactly_D_21);
	tcase_add_test(tc, fork_leaves_no_trace_of_the_other_branch);
	tcase_add_test(tc, rolling_back_to_genesis_gives_an_empty_store);
	tcase_add_test(tc, deleting_knows_its_limits);
	tcase_add_test(tc,
	    every_bad_block_has_its_outcome_D_03_D_05_D_06);
	tcase_add_test(tc, block_accepted_in_an_odd_form_is_undone_exactly);
	tcase_add_test(tc, block_cut_off_anywhere_is_refused);
	tcase_add_test(tc, precheck_refuses_what_does_not_follow);
	tcase_add_test(tc, genesis_block_is_refused_by_an_empty_store);
	tcase_add_test(tc, digest_that_is_not_given_is_computed);
	tcase_add_test(tc, batch_gives_the_state_of_single_blocks);
	tcase_add_test(tc, batch_that_is_aborted_leaves_nothing);
	tcase_add_test(tc, refused_block_leaves_the_batch_as_it_was);
	tcase_add_test(tc, batches_are_not_nested);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
