/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Rows of the store that hold many small blocks: every block that was put is
 * found, whatever was put and removed before. */
#include "../support/stores.h"

#include "chain/chain.h"
#include "chain/runs.h"

#include <stdlib.h>
#include <string.h>

#define FIRST (BITMARK_GENESIS_NUMBER + 1)
#define BLOCKS 300
/* As runs.c has it: about what a run may hold. */
#define RUN 32768

static char *directory;
static struct bitmark_chain *chain;
static struct bm_txn t;
static size_t sizes[BLOCKS];

static void
setup(void)
{
	struct bitmark_chain_config config = { .struct_size = sizeof config };

	directory = store_directory();
	config = store_config(directory, BITMARK_CHAIN_WRITE, NULL);
	config.map_bytes = 0;           /* room for all changes at once */
	ck_assert_int_eq(bitmark_chain_open(&chain, &config), BITMARK_OK);
	ck_assert_int_eq(bm_txn_begin(&chain->store, &t), BITMARK_OK);
}

static void
teardown(void)
{
	bm_txn_abort(&t);
	bitmark_chain_close(chain);
	store_remove(directory);
}

/* Block ${i}: its number, over and over. */
static uint8_t *
make_block(size_t i)
{
	uint8_t *data = malloc(sizes[i]);

	ck_assert_ptr_nonnull(data);
	for (size_t at = 0; at < sizes[i]; at++)
		data[at] = (uint8_t)(at % 2 == 0 ? i : i >> 8);
	return data;
}

static void
put(size_t i)
{
	uint8_t *data = make_block(i);

	ck_assert_int_eq(bm_put_block(&t, FIRST + i,
	    (struct bitmark_span){ data, sizes[i] }), BITMARK_OK);
	free(data);
}

static void
assert_there(size_t i)
{
	uint8_t *data = make_block(i);
	struct bitmark_span block;

	ck_assert_int_eq(bm_get_block(&t, FIRST + i, &block), BITMARK_OK);
	ck_assert_uint_eq(block.size, sizes[i]);
	ck_assert_mem_eq(block.data, data, block.size);
	free(data);
}

static void
assert_these(size_t count)
{
	struct bitmark_span block;

	ck_assert_int_eq(bm_get_block(&t, FIRST - 1, &block),
	    BITMARK_E_NOT_FOUND);
	for (size_t i = 0; i < count; i++)
		assert_there(i);
	ck_assert_int_eq(bm_get_block(&t, FIRST + count, &block),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bm_get_block(&t, UINT64_MAX, &block),
	    BITMARK_E_NOT_FOUND);
}

static uint64_t
rows(void)
{
	uint64_t count;

	ck_assert_int_eq(bm_rows(&t, BM_TABLE_RUNS, &count), BITMARK_OK);
	return count;
}

/* Mostly small, some of every other kind. */
static void
choose_sizes(unsigned seed)
{
	static const size_t most[] = { 200, 600, 3000, 15000, 40000, 700000 };

	srandom(seed);
	for (size_t i = 0; i < BLOCKS; i++) {
		size_t kind = (size_t)random() % 12;

		if (kind >= sizeof most / sizeof *most)
			kind = 1;
		sizes[i] = BITMARK_HEADER_SIZE + (size_t)random() %
		    (most[kind] - BITMARK_HEADER_SIZE);
	}
}

START_TEST(blocks_of_all_sizes_are_found_while_they_come_and_go)
{
	size_t count = 0;

	choose_sizes((unsigned)_i);
	while (count < BLOCKS) {
		size_t more = (size_t)random() % 40, fewer;

		while (more-- != 0 && count < BLOCKS)
			put(count++);
		assert_these(count);
		fewer = (size_t)random() % 20;
		while (fewer-- != 0 && count != 0 && count < BLOCKS) {
			count--;
			ck_assert_int_eq(bm_del_block(&t, FIRST + count),
			    BITMARK_OK);
		}
		assert_these(count);
	}
	while (count-- != 0)
		ck_assert_int_eq(bm_del_block(&t, FIRST + count), BITMARK_OK);
	assert_these(0);
	ck_assert_uint_eq(rows(), 0);
}
END_TEST

START_TEST(small_blocks_share_a_row_and_long_ones_have_their_own)
{
	for (size_t i = 0; i < 100; i++)
		sizes[i] = RUN / 40;
	for (size_t i = 0; i < 100; i++)
		put(i);
	ck_assert_uint_eq(rows(), 3);
	sizes[100] = sizes[101] = RUN;
	put(100);
	put(101);
	ck_assert_uint_eq(rows(), 5);
	assert_these(102);
}
END_TEST

START_TEST(only_the_block_behind_the_newest_can_be_put)
{
	const uint8_t data[BITMARK_HEADER_SIZE] = { 1 };
	const struct bitmark_span block = { data, sizeof data };

	sizes[0] = sizes[1] = BITMARK_HEADER_SIZE;
	put(0);
	ck_assert_int_eq(bm_put_block(&t, FIRST, block),
	    BITMARK_E_STORE_CORRUPT);
	ck_assert_int_eq(bm_put_block(&t, FIRST + 2, block),
	    BITMARK_E_STORE_CORRUPT);
	put(1);
	assert_these(2);
	ck_assert_int_eq(bm_del_block(&t, FIRST), BITMARK_E_STORE_CORRUPT);
	ck_assert_int_eq(bm_del_block(&t, FIRST + 2), BITMARK_E_STORE_CORRUPT);
	assert_these(2);
}
END_TEST

/* For any bytes: a block that is found lies inside the row. */
START_TEST(a_damaged_row_is_found_out_or_gives_what_is_inside)
{
	uint8_t row[3 * BITMARK_HEADER_SIZE + 3 * 4 + 2], *copy;
	struct bitmark_span block;
	struct bm_run run;

	memset(row, 7, sizeof row);
	for (size_t i = 0; i < 3; i++) {
		uint8_t *end = row + 3 * BITMARK_HEADER_SIZE + i * 4;

		memset(end, 0, 4);
		end[2] = (uint8_t)((i + 1) * BITMARK_HEADER_SIZE >> 8);
		end[3] = (uint8_t)((i + 1) * BITMARK_HEADER_SIZE);
	}
	row[sizeof row - 2] = 0;
	row[sizeof row - 1] = 3;
	ck_assert_int_eq(bm_run_read((struct bitmark_span){ row, sizeof row },
	    &run), BITMARK_OK);
	ck_assert_int_eq(bm_run_block(&run, 2, &block), BITMARK_OK);
	ck_assert_ptr_eq(block.data, row + 2 * BITMARK_HEADER_SIZE);

	for (size_t size = 0; size < sizeof row; size++) {
		copy = malloc(size + 1);        /* the sanitizer watches it */
		memcpy(copy, row, size);
		ck_assert_int_eq(bm_run_read((struct bitmark_span){ copy,
		    size }, &run), BITMARK_E_STORE_CORRUPT);
		free(copy);
	}
	for (size_t at = 3 * BITMARK_HEADER_SIZE; at < sizeof row; at++)
		for (unsigned value = 0; value < 256; value++) {
			const uint8_t before = row[at];

			row[at] = (uint8_t)value;
			if (bm_run_read((struct bitmark_span){ row,
			    sizeof row }, &run) == BITMARK_OK)
				for (size_t i = 0; i < run.count; i++)
					if (bm_run_block(&run, i, &block) ==
					    BITMARK_OK)
						ck_assert(block.data >= row &&
						    block.data + block.size <=
						    row + sizeof row);
			row[at] = before;
		}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain runs");
	TCase *runs = tcase_create("runs");

	tcase_add_checked_fixture(runs, setup, teardown);
	tcase_add_loop_test(runs,
	    blocks_of_all_sizes_are_found_while_they_come_and_go, 0, 4);
	tcase_add_test(runs,
	    small_blocks_share_a_row_and_long_ones_have_their_own);
	tcase_add_test(runs, only_the_block_behind_the_newest_can_be_put);
	tcase_add_test(runs,
	    a_damaged_row_is_found_out_or_gives_what_is_inside);
	tcase_set_timeout(runs, 60);
	suite_add_tcase(suite, runs);
	return run_suite(suite);
}
