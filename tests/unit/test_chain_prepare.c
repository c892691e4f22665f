/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Blocks that are checked ahead by bitmark_chain_prepare: the outcome of adding
 * them is the same. */
#include <bitmarkpeer/chain.h>

#include "../support/chains.h"
#include "../support/made_blocks.h"
#include "../support/vectors.h"

#include <stdlib.h>
#include <string.h>

#define MINER 1
#define ALICE 2
#define BOB 3

/* Records of one task, lib/chain/check.h: more are worked on in parts. */
#define PART 64

static char *directory, *other_directory;
static struct bitmark_chain *chain, *other;

static void
setup(void)
{
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
}

static struct bitmark_prepared
prepared(void)
{
	struct bitmark_prepared p = { .struct_size = sizeof p };

	bitmark_chain_prepared(chain, &p);
	return p;
}

static void
prepare(const struct made_block *block)
{
	bitmark_chain_prepare(chain, block->data, block->size);
}

static bitmark_status
add(const struct made_block *block, const struct bitmark_tip *tip)
{
	return bitmark_chain_add(chain, block->data, block->size, tip->digest,
	    CHAIN_NOW);
}

/* A block of many issues, on top of ${before}. */
static struct made_block *
issues(size_t count, const struct bitmark_tip *before,
    struct bitmark_tip *after)
{
	struct made_block *block = made_block(2);

	made_foundation(block, MINER);
	while (block->count < count)
		made_issue(block, ALICE, block->count);
	made_finish(block, before, after);
	return block;
}

/* As few records as a block may have; another one for each nonce. */
static struct made_block *
small(uint64_t nonce, const struct bitmark_tip *before,
    struct bitmark_tip *after)
{
	struct made_block *block = made_block(2);

	made_foundation(block, MINER);
	made_issue(block, BOB, nonce);
	made_finish(block, before, after);
	return block;
}

/* Each of them is transferred to Bob. */
static struct made_block *
transfers(const struct made_block *from, const struct bitmark_tip *before,
    struct bitmark_tip *after)
{
	struct made_block *block = made_block(2);

	made_foundation(block, MINER);
	for (size_t i = 1; i < from->count; i++)
		made_transfer(block, from->ids[i], ALICE, BOB);
	made_finish(block, before, after);
	return block;
}

START_TEST(prepared_blocks_give_the_same_state_as_unprepared_ones)
{
	struct golden_chain golden = golden_chain("chain-a");

	for (uint64_t n = 2; n <= golden.height; n++)
		bitmark_chain_prepare(chain, golden_block(&golden, n)->data,
		    golden_block(&golden, n)->size);
	ck_assert_uint_eq(prepared().blocks, golden.count);
	ck_assert_uint_gt(prepared().bytes, golden.size);
	store_add(chain, &golden, golden.height);
	ck_assert_uint_eq(prepared().used, golden.count);
	ck_assert_uint_eq(prepared().blocks, 0);
	ck_assert_uint_eq(prepared().bytes, 0);

	store_add(other, &golden, golden.height);
	ck_assert_uint_eq(prepared().refused, 0);
	assert_same_state(chain, other);
	golden_chain_free(&golden);
}
END_TEST

/* Around the sizes at which the last part has one record, or all. */
START_TEST(block_of_any_number_of_parts_is_verified_whole)
{
	static const size_t counts[] = { 2, PART - 1, PART, PART + 1,
	    2 * PART - 1, 2 * PART, 2 * PART + 1, 3 * PART, 3 * PART + 1,
	    5 * PART + 33, 8 * PART + 1 };
	size_t count = counts[_i / 2];
	struct bitmark_tip start, one, two;
	struct made_block *first, *second;

	bitmark_chain_tip(chain, &start);
	first = issues(count, &start, &one);
	second = transfers(first, &one, &two);
	if (_i % 2 == 0) {
		prepare(first);
		prepare(second);
	}
	ck_assert_int_eq(add(first, &one), BITMARK_OK);
	ck_assert_int_eq(add(second, &two), BITMARK_OK);
	ck_assert_uint_eq(prepared().used, _i % 2 == 0 ? 2 : 0);
	free(first);
	free(second);
}
END_TEST

/* The signer is known only when the block before is there. */
START_TEST(transfers_in_the_batch_of_their_issues_are_verified)
{
	struct bitmark_tip start, one, two;
	struct made_block *first, *second;

	bitmark_chain_tip(chain, &start);
	first = issues(3 * PART, &start, &one);
	second = transfers(first, &one, &two);
	/* The last signature is that of another record. */
	memcpy(second->data + second->size - BITMARK_SIGNATURE_SIZE,
	    first->data + first->size - BITMARK_SIGNATURE_SIZE,
	    BITMARK_SIGNATURE_SIZE);
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	prepare(first);
	prepare(second);
	ck_assert_int_eq(add(first, &one), BITMARK_OK);
	ck_assert_int_eq(add(second, &two), BITMARK_E_SIGNATURE);

	free(second);
	second = transfers(first, &one, &two);
	prepare(second);
	ck_assert_int_eq(add(second, &two), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_OK);
	free(first);
	free(second);
}
END_TEST

START_TEST(a_link_confirmed_at_preparation_is_checked_again)
{
	struct bitmark_tip start, one, two, three;
	struct made_block *first, *second, *third;

	bitmark_chain_tip(chain, &start);
	first = issues(2 * PART, &start, &one);
	second = small(1, &one, &two);
	third = transfers(first, &two, &three);
	ck_assert_int_eq(add(first, &one), BITMARK_OK);
	prepare(third);
	ck_assert_int_eq(add(second, &two), BITMARK_OK);
	ck_assert_uint_eq(prepared().blocks, 1);

	/* The same digests, but without the issues. */
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 2), BITMARK_OK);
	free(first);
	first = small(2, &start, &one);
	ck_assert_int_eq(add(first, &one), BITMARK_OK);
	ck_assert_int_eq(add(second, &two), BITMARK_OK);
	ck_assert_int_eq(add(third, &three), BITMARK_E_LINK_UNCONFIRMED);
	ck_assert_uint_eq(prepared().used, 1);
	free(first);
	free(second);
	free(third);
}
END_TEST

/* Wherever the parts end: the first error in the order of v8.2 wins. */
START_TEST(first_error_of_a_block_in_parts_is_told)
{
	struct bitmark_tip start, one, two;
	struct made_block *first, *second;
	uint8_t *signature;

	bitmark_chain_tip(chain, &start);
	first = issues(PART, &start, &one);
	ck_assert_int_eq(add(first, &one), BITMARK_OK);
	second = made_block(2);
	made_foundation(second, MINER);
	while (second->count < 2 * PART)
		made_issue(second, BOB, second->count);
	signature = second->data + second->size - 1;
	made_issue(second, ALICE, 1);           /* is confirmed */
	while (second->count < 4 * PART)
		made_issue(second, BOB, second->count);
	second->data[second->size++] = 0;       /* one byte too many */
	made_finish(second, &one, &two);
	if (_i != 0)
		prepare(second);
	ck_assert_int_eq(add(second, &two), BITMARK_E_TX_EXISTS);

	*signature ^= 1;                        /* S of the one before */
	if (_i != 0)
		prepare(second);
	ck_assert_int_eq(add(second, &two), BITMARK_E_SIGNATURE);
	ck_assert_uint_eq(prepared().used, _i == 0 ? 0 : 2);
	free(first);
	free(second);
}
END_TEST

START_TEST(a_prepared_header_with_other_records_is_checked_anew)
{
	struct bitmark_tip start, one;
	struct made_block *block;

	bitmark_chain_tip(chain, &start);
	block = issues(2 * PART, &start, &one);
	prepare(block);
	block->data[block->size - 1] ^= 1;
	ck_assert_int_eq(add(block, &one), BITMARK_E_SIGNATURE);
	ck_assert_uint_eq(prepared().used, 0);
	block->data[block->size - 1] ^= 1;
	ck_assert_int_eq(add(block, &one), BITMARK_OK);
	free(block);
}
END_TEST

/* A header that claims so many records, and nothing behind it. */
static void
prepare_claim(uint64_t number, uint16_t count)
{
	uint8_t block[BITMARK_HEADER_SIZE + 1] = { 0 };
	const struct bitmark_header header = { .version = 2, .count = count,
	    .number = number };

	bitmark_header_pack(&header, block);
	bitmark_chain_prepare(chain, block, sizeof block);
}

START_TEST(the_number_of_prepared_blocks_is_bounded_and_the_nearest_stay)
{
	struct bitmark_tip start, one;
	struct made_block *block;

	for (uint64_t n = 1; n <= BITMARK_CHAIN_PREPARED_MAX; n++)
		prepare_claim(10 + n, 2);
	ck_assert_uint_eq(prepared().blocks, BITMARK_CHAIN_PREPARED_MAX);
	ck_assert_uint_eq(prepared().refused, 0);
	prepare_claim(UINT64_MAX, 2);
	prepare_claim(11 + BITMARK_CHAIN_PREPARED_MAX, 2);
	ck_assert_uint_eq(prepared().refused, 2);
	prepare_claim(11, 3);           /* in place of the other 11 */
	ck_assert_uint_eq(prepared().refused, 2);
	ck_assert_uint_eq(prepared().blocks, BITMARK_CHAIN_PREPARED_MAX);

	bitmark_chain_tip(chain, &start);
	block = issues(2, &start, &one);
	prepare(block);
	ck_assert_uint_eq(prepared().blocks, BITMARK_CHAIN_PREPARED_MAX);
	ck_assert_int_eq(add(block, &one), BITMARK_OK);
	ck_assert_uint_eq(prepared().used, 1);
	free(block);
}
END_TEST

START_TEST(the_memory_of_prepared_blocks_is_bounded)
{
	uint64_t n;

	for (n = 1000; prepared().refused == 0 && n < 1100; n++)
		prepare_claim(n, bitmark_rules_8_2()->header_count_max);
	ck_assert_uint_eq(prepared().refused, 1);
	ck_assert_uint_lt(prepared().blocks, BITMARK_CHAIN_PREPARED_MAX);
	ck_assert_uint_le(prepared().bytes, BITMARK_CHAIN_PREPARED_BYTES);
	prepare_claim(2, bitmark_rules_8_2()->header_count_max);
	ck_assert_uint_eq(prepared().refused, 1);
	ck_assert_uint_le(prepared().bytes, BITMARK_CHAIN_PREPARED_BYTES);
}
END_TEST

START_TEST(a_block_that_cannot_follow_is_not_prepared)
{
	static uint8_t large[BITMARK_BLOCK_MAX + 1];
	const struct bitmark_header header = { .version = 2, .count = 2,
	    .number = 2 };

	prepare_claim(1, 2);
	prepare_claim(2, 0);
	prepare_claim(2, bitmark_rules_8_2()->header_count_max + 1);
	bitmark_header_pack(&header, large);
	bitmark_chain_prepare(chain, large, BITMARK_HEADER_SIZE - 1);
	bitmark_chain_prepare(chain, large, sizeof large);
	ck_assert_uint_eq(prepared().blocks, 0);
	bitmark_chain_prepare(chain, large, sizeof large - 1);
	ck_assert_uint_eq(prepared().blocks, 1);
}
END_TEST

/* Closing waits for the workers and frees what they had: the test would hang,
 * or the sanitizer complain. */
START_TEST(chain_is_closed_while_blocks_are_being_checked)
{
	struct bitmark_tip start, one;
	struct made_block *block;

	bitmark_chain_tip(chain, &start);
	block = issues(20 * PART, &start, &one);
	prepare(block);
	bitmark_chain_close(chain);
	chain = store_open(directory);
	free(block);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain_prepare");
	TCase *tc = tcase_create("chain_prepare");

	vectors_keep("chain-a.json");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, prepared_blocks_give_the_same_state_as_unprepared_ones);
	tcase_add_loop_test(tc, block_of_any_number_of_parts_is_verified_whole,
	    0, 22);
	tcase_add_test(tc,
	    transfers_in_the_batch_of_their_issues_are_verified);
	tcase_add_test(tc, a_link_confirmed_at_preparation_is_checked_again);
	tcase_add_loop_test(tc, first_error_of_a_block_in_parts_is_told, 0, 2);
	tcase_add_test(tc,
	    a_prepared_header_with_other_records_is_checked_anew);
	tcase_add_test(tc, the_number_of_prepared_blocks_is_bounded_and_the_nearest_stay);
	tcase_add_test(tc, the_memory_of_prepared_blocks_is_bounded);
	tcase_add_test(tc, a_block_that_cannot_follow_is_not_prepared);
	tcase_add_test(tc, chain_is_closed_while_blocks_are_being_checked);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
