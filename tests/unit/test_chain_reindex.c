/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Rebuilding a store from its blocks, and the dump that proves it. */
#include "../support/stores.h"

#include "chain/env.h"
#include "chain/runs.h"
#include "codec/codec.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Enough of the chain to have every kind of record, without its large
 * blocks. */
#define LAST 11

static struct golden_chain a, b;
static struct bitmark_digest_pool *pool;
static char *directory;
static char *wanted;                    /* dump of the store as it was made */

static void
load_golden(void)
{
	a = golden_chain("chain-a");
	b = golden_chain("chain-a-fork");
}

static void
free_golden(void)
{
	golden_chain_free(&a);
	golden_chain_free(&b);
}

static void
fill(const char *path, uint64_t last)
{
	struct bitmark_chain *chain = store_open(path);

	store_add(chain, &a, last);
	bitmark_chain_close(chain);
}

static void
setup(void)
{
	directory = store_directory();
	fill(directory, LAST);
	wanted = store_dump(directory);
	pool = golden_pool(&a, &b);
}

static void
teardown(void)
{
	bitmark_digest_pool_free(pool);
	free(wanted);
	store_remove(directory);
}

static bitmark_status
reindex_with(bitmark_progress_fn progress, void *user)
{
	struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, pool);

	return bitmark_chain_reindex(&config, CHAIN_NOW, progress, user);
}

static bitmark_status
reindex(void)
{
	return reindex_with(NULL, NULL);
}

static void
assert_dump(const char *path)
{
	char *dump = store_dump(path);

	ck_assert_msg(strcmp(dump, wanted) == 0, "another dump");
	free(dump);
}

static bool
build_exists(void)
{
	char *build = bm_store_path(directory, "reindex");
	struct stat st;
	bool exists = stat(build, &st) == 0;

	free(build);
	return exists;
}

/* Parent and child have a pool of their own: threads do not survive a fork,
 * and what they had locked would stay so. */
static pid_t
fork_without_threads(void)
{
	pid_t child;

	bitmark_digest_pool_free(pool);
	child = fork();
	ck_assert_int_ge(child, 0);
	pool = golden_pool(&a, &b);
	return child;
}

/* One change in the raw store. */
static void
change_store(void (*change)(MDB_txn *txn, void *user), void *user)
{
	MDB_env *env;
	MDB_txn *txn;

	ck_assert_int_eq(bm_env_open(directory, BITMARK_CHAIN_WRITE, 0, &env),
	    BITMARK_OK);
	ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
	change(txn, user);
	ck_assert_int_eq(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

static MDB_dbi
table_of(MDB_txn *txn, enum bm_table table)
{
	MDB_dbi dbi;

	ck_assert_int_eq(mdb_dbi_open(txn, bm_table_name(table), 0, &dbi),
	    0);
	return dbi;
}

START_TEST(the_dump_is_the_same_however_the_store_was_made)
{
	char *other = store_directory();
	struct bitmark_chain *chain = store_open(other);

	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	store_add(chain, &a, LAST);
	ck_assert_int_eq(bitmark_chain_batch_commit(chain), BITMARK_OK);
	bitmark_chain_close(chain);
	assert_dump(other);
	store_remove(other);
}
END_TEST

START_TEST(the_dump_is_the_same_after_a_detour)
{
	char *other = store_directory();
	struct bitmark_chain *chain = store_open(other);

	store_add(chain, &a, LAST);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 5), BITMARK_OK);
	store_add(chain, &a, LAST);
	bitmark_chain_close(chain);
	assert_dump(other);
	store_remove(other);
}
END_TEST

/* Lines that begin with WORD and a space. */
static uint64_t
count_lines(const char *text, const char *word)
{
	size_t size = strlen(word);
	uint64_t count = 0;

	while (text != NULL && *text != '\0') {
		if (strncmp(text, word, size) == 0 && text[size] == ' ')
			count++;
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return count;
}

START_TEST(the_dump_has_a_line_for_every_fact)
{
	struct bitmark_chain *chain = store_open_for(directory,
	    BITMARK_CHAIN_READ, NULL);
	struct bitmark_snapshot *snapshot = store_snapshot(chain);
	struct bitmark_counts counts = { .struct_size = sizeof counts };
	char end[64];
	uint64_t lines;

	ck_assert_int_eq(bitmark_snapshot_counts(snapshot, &counts),
	    BITMARK_OK);
	ck_assert_uint_eq(count_lines(wanted, "block"), counts.blocks);
	ck_assert_uint_eq(count_lines(wanted, "payments"), counts.blocks);
	ck_assert_uint_eq(count_lines(wanted, "tx"), counts.transactions);
	ck_assert_uint_eq(count_lines(wanted, "asset"), counts.assets);
	ck_assert_uint_eq(count_lines(wanted, "account"), counts.accounts);
	ck_assert_uint_eq(count_lines(wanted, "owned"), counts.owned);
	lines = 3 + 2 * counts.blocks + counts.transactions + counts.assets +
	    counts.accounts + counts.owned;
	snprintf(end, sizeof end, "\nend %lu\n", (unsigned long)lines);
	ck_assert_str_eq(wanted + strlen(wanted) - strlen(end), end);
	bitmark_snapshot_close(snapshot);
	bitmark_chain_close(chain);
}
END_TEST

START_TEST(a_rebuilt_store_equals_the_original)
{
	ck_assert_int_eq(reindex(), BITMARK_OK);
	assert_dump(directory);
	ck_assert(!build_exists());
	ck_assert_int_eq((int)bitmark_chain_lock_holder(directory), 0);
}
END_TEST

START_TEST(a_rebuilt_store_can_be_written)
{
	ck_assert_int_eq(reindex(), BITMARK_OK);
	fill(directory, LAST + 1);
	free(wanted);
	wanted = store_dump(directory);
	ck_assert_int_eq(reindex(), BITMARK_OK);
	assert_dump(directory);
}
END_TEST

START_TEST(a_store_without_blocks_is_rebuilt)
{
	store_remove(directory);
	free(wanted);
	directory = store_directory();
	fill(directory, BITMARK_GENESIS_NUMBER);
	wanted = store_dump(directory);
	ck_assert_int_eq(reindex(), BITMARK_OK);
	assert_dump(directory);
}
END_TEST

static void
set_format(MDB_txn *txn, void *user)
{
	char name[] = BM_META_FORMAT;
	uint8_t number[8] = { [7] = *(const uint8_t *)user };
	MDB_val key = { sizeof name - 1, name };
	MDB_val value = { sizeof number, number };

	ck_assert_int_eq(mdb_put(txn, table_of(txn, BM_TABLE_META), &key,
	    &value, 0), 0);
}

/* Such a store is not opened, and rebuilt. */
static void
assert_rebuilt(void (*change)(MDB_txn *txn, void *user), uint8_t *format)
{
	struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_READ, NULL);
	struct bitmark_chain *chain;

	change_store(change, format);
	ck_assert_int_eq(bitmark_chain_open(&chain, &config),
	    BITMARK_E_STORE_FORMAT);
	ck_assert_int_eq(reindex(), BITMARK_OK);
	assert_dump(directory);
}

START_TEST(a_store_of_another_format_is_rebuilt)
{
	assert_rebuilt(set_format, (uint8_t[]){ 99 });
}
END_TEST

/* A row for each block, in the table of that format. */
static void
make_format_1(MDB_txn *txn, void *user)
{
	MDB_dbi runs = table_of(txn, BM_TABLE_RUNS), blocks;
	MDB_cursor *cursor;
	MDB_val key, value;

	ck_assert_int_eq(mdb_dbi_open(txn, "blocks", MDB_CREATE, &blocks), 0);
	ck_assert_int_eq(mdb_cursor_open(txn, runs, &cursor), 0);
	while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		uint64_t first = bm_get_u64be(key.mv_data);
		struct bm_run run;

		ck_assert_int_eq(bm_run_read((struct bitmark_span){
		    value.mv_data, value.mv_size }, &run), BITMARK_OK);
		for (uint64_t i = 0; i < run.count; i++) {
			uint8_t number[8];
			struct bitmark_span block;
			MDB_val k = { sizeof number, number }, v;

			ck_assert_int_eq(bm_run_block(&run, i, &block),
			    BITMARK_OK);
			bm_put_u64be(number, first + i);
			v = (MDB_val){ block.size, (void *)block.data };
			ck_assert_int_eq(mdb_put(txn, blocks, &k, &v, 0), 0);
		}
	}
	mdb_cursor_close(cursor);
	ck_assert_int_eq(mdb_drop(txn, runs, 1), 0);
	set_format(txn, user);
}

START_TEST(a_store_of_format_1_is_rebuilt)
{
	assert_rebuilt(make_format_1, (uint8_t[]){ 1 });
}
END_TEST

/* As the release before this one left it: no rules, and no shares. */
static void
make_format_2(MDB_txn *txn, void *user)
{
	static const enum bm_table later[] = { BM_TABLE_COPIES,
		BM_TABLE_SHARES, BM_TABLE_BALANCES, BM_TABLE_HOLDERS };
	char name[] = BM_META_RULES;
	MDB_val key = { sizeof name - 1, name };

	ck_assert_int_eq(mdb_del(txn, table_of(txn, BM_TABLE_META), &key,
	    NULL), 0);
	for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
		ck_assert_int_eq(mdb_drop(txn, table_of(txn, later[i]), 1),
		    0);
	set_format(txn, user);
}

START_TEST(a_store_of_format_2_is_rebuilt)
{
	assert_rebuilt(make_format_2, (uint8_t[]){ 2 });
}
END_TEST

/* Rules that are named count for more than what the old store says, which counts
 * for more than what is usual for the chain: format 2 is older than 0.16. */
START_TEST(the_rules_of_an_old_store_stay_or_are_named)
{
	struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, pool);
	struct bitmark_chain *chain;

	store_remove(directory);
	config.path = directory = store_directory();
	config.params = bitmark_chain_params_find("testing");
	ck_assert_int_eq(bitmark_chain_open(&chain, &config), BITMARK_OK);
	ck_assert_ptr_eq(bitmark_chain_rules(chain), bitmark_rules_0_16());
	bitmark_chain_close(chain);

	change_store(make_format_2, (uint8_t[]){ 2 });
	ck_assert_int_eq(bitmark_chain_reindex(&config, CHAIN_NOW, NULL,
	    NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_open(&chain, &config), BITMARK_OK);
	ck_assert_ptr_eq(bitmark_chain_rules(chain), bitmark_rules_8_2());
	bitmark_chain_close(chain);

	config.rules = bitmark_rules_0_16();
	ck_assert_int_eq(bitmark_chain_reindex(&config, CHAIN_NOW, NULL,
	    NULL), BITMARK_OK);
	config.rules = NULL;
	ck_assert_int_eq(bitmark_chain_reindex(&config, CHAIN_NOW, NULL,
	    NULL), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_open(&chain, &config), BITMARK_OK);
	ck_assert_ptr_eq(bitmark_chain_rules(chain), bitmark_rules_0_16());
	bitmark_chain_close(chain);
}
END_TEST

static void
drop_all_but_blocks(MDB_txn *txn, void *user)
{
	(void)user;
	for (int i = 0; i < BM_TABLE_COUNT; i++)
		if (i != BM_TABLE_RUNS)
			ck_assert_int_eq(mdb_drop(txn, table_of(txn,
			    (enum bm_table)i), 1), 0);
}

START_TEST(the_blocks_alone_suffice)
{
	change_store(drop_all_but_blocks, NULL);
	ck_assert_int_eq(reindex(), BITMARK_OK);
	assert_dump(directory);
}
END_TEST

/* Change the last byte of block number *user. */
static void
garble_block(MDB_txn *txn, void *user)
{
	struct bm_store store = {
		.table[BM_TABLE_RUNS] = table_of(txn, BM_TABLE_RUNS),
	};
	const struct bm_txn t = { .mdb = txn, .store = &store };
	struct bitmark_span block;
	MDB_cursor *cursor;
	MDB_val key, value;
	uint8_t *copy;
	size_t at;

	ck_assert_int_eq(bm_get_block(&t, *(const uint8_t *)user, &block),
	    BITMARK_OK);
	ck_assert_int_eq(mdb_cursor_open(txn,
	    store.table[BM_TABLE_RUNS], &cursor), 0);
	do {
		ck_assert_int_eq(mdb_cursor_get(cursor, &key, &value,
		    MDB_NEXT), 0);
		at = (size_t)(block.data - (const uint8_t *)value.mv_data);
	} while (at >= value.mv_size);
	copy = malloc(value.mv_size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, value.mv_data, value.mv_size);
	copy[at + block.size - 1] ^= 1;
	value.mv_data = copy;
	ck_assert_int_eq(mdb_cursor_put(cursor, &key, &value, MDB_CURRENT),
	    0);
	mdb_cursor_close(cursor);
	free(copy);
}

START_TEST(blocks_before_a_damaged_one_are_saved_and_the_file_is_kept)
{
	uint8_t number = 6;
	struct bitmark_chain *chain;
	char *kept = bm_store_path(directory, "data.mdb.damaged");

	change_store(garble_block, &number);
	ck_assert_int_eq(reindex(), BITMARK_E_STORE_CORRUPT);
	ck_assert(!build_exists());
	chain = store_open(directory);
	ck_assert_uint_eq(store_height(chain), number - 1u);
	bitmark_chain_close(chain);
	ck_assert_int_eq(unlink(kept), 0);
	free(kept);
	ck_assert_int_eq(reindex(), BITMARK_OK);
	fill(directory, LAST);
	assert_dump(directory);
}
END_TEST

/* Nothing could be saved: then the old store is better than an empty one. */
START_TEST(a_store_without_a_block_that_is_right_stays_as_it_is)
{
	uint8_t number = 2;
	struct bitmark_chain *chain;

	change_store(garble_block, &number);
	ck_assert_int_eq(reindex(), BITMARK_E_STORE_CORRUPT);
	chain = store_open(directory);
	ck_assert_uint_eq(store_height(chain), LAST);
	bitmark_chain_close(chain);
}
END_TEST

START_TEST(a_store_that_is_written_is_not_rebuilt)
{
	struct bitmark_chain *chain = store_open(directory);
	pid_t child = fork_without_threads();
	int code;

	/* In a process of its own: one may not open a directory twice. */
	if (child == 0)
		_exit(reindex() == BITMARK_E_STORE_LOCKED ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &code, 0), child);
	ck_assert_int_eq(code, 0);
	bitmark_chain_close(chain);
	assert_dump(directory);
}
END_TEST

START_TEST(without_a_store_none_is_made)
{
	char *empty = store_directory();
	struct bitmark_chain_config config = store_config(empty,
	    BITMARK_CHAIN_WRITE, pool);

	ck_assert_int_eq(bitmark_chain_reindex(&config, CHAIN_NOW, NULL,
	    NULL), BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(rmdir(empty), 0);
	free(empty);
}
END_TEST

START_TEST(a_store_of_another_chain_is_left_alone)
{
	struct bitmark_chain_config config = store_config(directory,
	    BITMARK_CHAIN_WRITE, pool);

	config.params = bitmark_chain_params_find("testing");
	ck_assert_int_eq(bitmark_chain_reindex(&config, CHAIN_NOW, NULL,
	    NULL), BITMARK_E_STORE_CHAIN);
	assert_dump(directory);
}
END_TEST

/* Stop, or die, at block number *user. */
static int
stop_at(void *user, uint64_t number, uint64_t done, uint64_t total)
{
	(void)done;
	(void)total;
	return number == *(const uint64_t *)user;
}

static int
die_at(void *user, uint64_t number, uint64_t done, uint64_t total)
{
	if (stop_at(user, number, done, total))
		raise(SIGKILL);
	return 0;
}

START_TEST(rebuilding_that_is_stopped_changes_nothing)
{
	uint64_t number = 5;

	ck_assert_int_eq(reindex_with(stop_at, &number), BITMARK_E_STOPPED);
	ck_assert(!build_exists());
	assert_dump(directory);
}
END_TEST

static int
count_up(void *user, uint64_t number, uint64_t done,
    uint64_t total)
{
	uint64_t *last = user;

	ck_assert_uint_eq(number, *last + 1);
	ck_assert_uint_le(done, total);
	*last = number;
	if (number == LAST)
		ck_assert_uint_eq(done, total);
	return 0;
}

START_TEST(progress_is_told_of_every_block)
{
	uint64_t last = BITMARK_GENESIS_NUMBER;

	ck_assert_int_eq(reindex_with(count_up, &last), BITMARK_OK);
	ck_assert_uint_eq(last, LAST);
}
END_TEST

static void
die_while_rebuilding(uint64_t number)
{
	pid_t child = fork_without_threads();
	int code;

	if (child == 0)
		_exit(reindex_with(die_at, &number));
	ck_assert_int_eq(waitpid(child, &code, 0), child);
	ck_assert(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL);
}

START_TEST(a_crash_leaves_the_old_store_and_the_next_try_cleans_up)
{
	static const uint64_t numbers[] = { 2, 7, LAST };

	die_while_rebuilding(numbers[_i]);
	ck_assert(build_exists());
	assert_dump(directory);
	ck_assert_int_eq(reindex(), BITMARK_OK);
	ck_assert(!build_exists());
	assert_dump(directory);
}
END_TEST

/* When told to: rebuild, and add two blocks.  In a process of its own. */
static int
rebuild_and_go_on(int told, uint64_t height)
{
	char byte;

	if (read(told, &byte, 1) != 1 || reindex() != BITMARK_OK)
		return 1;
	assert_dump(directory);
	fill(directory, height + 1);
	fill(directory, height + 2);
	return 0;
}

/*
 * The reader sees the old store until it opens it again, and what LMDB shares
 * between processes does not leak from the old one into the new one: there
 * the number of transactions is another, even or odd.
 */
START_TEST(a_reader_keeps_the_old_store_while_it_is_replaced)
{
	uint64_t height = LAST + (uint64_t)_i;
	struct bitmark_chain *chain;
	struct bitmark_snapshot *snapshot;
	int ends[2], code;
	pid_t child;
	char *dump;

	fill(directory, height);
	free(wanted);
	wanted = store_dump(directory);
	ck_assert_int_eq(pipe(ends), 0);
	child = fork_without_threads();
	if (child == 0)
		_exit(rebuild_and_go_on(ends[0], height));
	chain = store_open_for(directory, BITMARK_CHAIN_READ, NULL);
	snapshot = store_snapshot(chain);
	ck_assert_int_eq((int)write(ends[1], "", 1), 1);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_eq(waitpid(child, &code, 0), child);
	ck_assert_int_eq(code, 0);
	dump = snapshot_dump(snapshot);
	ck_assert_msg(strcmp(dump, wanted) == 0, "another dump");
	free(dump);
	bitmark_snapshot_close(snapshot);
	bitmark_chain_close(chain);
	chain = store_open(directory);
	ck_assert_uint_eq(store_height(chain), height + 2);
	bitmark_chain_close(chain);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain reindex");
	TCase *tc = tcase_create("reindex");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_set_timeout(tc, 120);
	tcase_add_unchecked_fixture(tc, load_golden, free_golden);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_dump_is_the_same_however_the_store_was_made);
	tcase_add_test(tc, the_dump_is_the_same_after_a_detour);
	tcase_add_test(tc, the_dump_has_a_line_for_every_fact);
	tcase_add_test(tc, a_rebuilt_store_equals_the_original);
	tcase_add_test(tc, a_rebuilt_store_can_be_written);
	tcase_add_test(tc, a_store_without_blocks_is_rebuilt);
	tcase_add_test(tc, a_store_of_another_format_is_rebuilt);
	tcase_add_test(tc, a_store_of_format_1_is_rebuilt);
	tcase_add_test(tc, a_store_of_format_2_is_rebuilt);
	tcase_add_test(tc, the_rules_of_an_old_store_stay_or_are_named);
	tcase_add_test(tc, the_blocks_alone_suffice);
	tcase_add_test(tc,
	    blocks_before_a_damaged_one_are_saved_and_the_file_is_kept);
	tcase_add_test(tc,
	    a_store_without_a_block_that_is_right_stays_as_it_is);
	tcase_add_test(tc, a_store_that_is_written_is_not_rebuilt);
	tcase_add_test(tc, without_a_store_none_is_made);
	tcase_add_test(tc, a_store_of_another_chain_is_left_alone);
	tcase_add_test(tc, rebuilding_that_is_stopped_changes_nothing);
	tcase_add_test(tc, progress_is_told_of_every_block);
	tcase_add_loop_test(tc,
	    a_crash_leaves_the_old_store_and_the_next_try_cleans_up, 0, 3);
	tcase_add_loop_test(tc,
	    a_reader_keeps_the_old_store_while_it_is_replaced, 0, 2);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
