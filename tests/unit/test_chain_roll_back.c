/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A rollback and what the journal says of it: one commit, or none. */
#include <bitmarkpeer/journal.h>

#include "chain/chain.h"
#include "chain/roll_back.h"
#include "../support/stores.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* The chain, and what is left of it. */
#define HEIGHT 20
#define LEFT 17

/* More than the map of the fixture has, and less than a reservoir may have. */
#define LARGE_ROW ((size_t)24 << 20)

static struct golden_chain golden;
static char *directory;
static struct bitmark_chain *chain;
static struct bitmark_chain_journal *journal;
static struct bitmark_journal j = { .struct_size = sizeof j };

static void
setup(void)
{
	golden = golden_chain("chain-a");
	directory = store_directory();
	chain = store_open(directory);
	store_add(chain, &golden, HEIGHT);
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, chain),
	    BITMARK_OK);
	bitmark_chain_journal_get(journal, &j);
}

static void
teardown(void)
{
	bitmark_chain_journal_close(journal);
	bitmark_chain_close(chain);
	store_remove(directory);
	golden_chain_free(&golden);
}

static struct bitmark_span
span(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text, strlen(text) };
}

static bitmark_status
count_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	(void)key;
	(void)value;
	++*(size_t *)user;
	return BITMARK_OK;
}

static size_t
row_count(void)
{
	size_t count = 0;

	ck_assert_int_eq(j.each(j.user, count_row, &count), BITMARK_OK);
	return count;
}

static void
put_and_commit(const char *key)
{
	ck_assert_int_eq(j.put(j.user, span(key), span("value")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
}

static struct bm_roll_back *
begin(uint64_t final)
{
	struct bm_roll_back *r;

	ck_assert_int_eq(bm_roll_back_begin(&r, chain, final), BITMARK_OK);
	return r;
}

/* The state is that of a store that has had no more blocks than ${height}. */
static void
assert_state(uint64_t height)
{
	char *other_directory = store_directory();
	struct bitmark_chain *other = store_open(other_directory);

	store_add(other, &golden, height);
	assert_same_state(chain, other);
	ck_assert_uint_eq(chain->tip.number, height);
	bitmark_chain_close(other);
	store_remove(other_directory);
}

static size_t
commits(void)
{
	MDB_envinfo info;

	ck_assert_int_eq(mdb_env_info(chain->store.mdb, &info), 0);
	return info.me_last_txnid;
}

START_TEST(blocks_and_journal_go_with_one_commit)
{
	const size_t before = commits();
	struct bm_roll_back *r = begin(LEFT + 1);

	put_and_commit("a");
	put_and_commit("b");
	ck_assert_int_eq(bm_roll_back_commit(r), BITMARK_OK);
	bm_roll_back_free(r);
	ck_assert_uint_eq(commits(), before + 1);
	ck_assert_uint_eq(row_count(), 2);
	assert_state(LEFT);
	put_and_commit("c");
	ck_assert_uint_eq(row_count(), 3);
}
END_TEST

START_TEST(the_blocks_are_told_with_the_newest_first)
{
	struct bm_roll_back *r = begin(LEFT + 1);
	const struct bm_removed *blocks;
	size_t count;

	blocks = bm_roll_back_blocks(r, &count);
	ck_assert_uint_eq(count, HEIGHT - LEFT);
	for (size_t i = 0; i < count; i++) {
		const struct golden_block *b = golden_block(&golden,
		    HEIGHT - i);

		ck_assert_uint_eq(blocks[i].number, HEIGHT - i);
		ck_assert_uint_eq(blocks[i].size, b->size);
		ck_assert_mem_eq(blocks[i].data, b->data, b->size);
		ck_assert_mem_eq(blocks[i].digest, b->digest,
		    sizeof b->digest);
	}
	bm_roll_back_free(r);
}
END_TEST

/* Readers still see the blocks; the snapshot of the rollback does not. */
START_TEST(the_state_without_the_blocks_can_be_read_before_the_commit)
{
	struct bm_roll_back *r = begin(LEFT + 1);
	struct bitmark_snapshot *without = bm_roll_back_snapshot(r);
	struct bitmark_snapshot *reader = store_snapshot(chain);
	char *seen = snapshot_dump(without), *after;
	struct bitmark_tip tip;

	bitmark_snapshot_tip(without, &tip);
	ck_assert_uint_eq(tip.number, LEFT);
	bitmark_snapshot_tip(reader, &tip);
	ck_assert_uint_eq(tip.number, HEIGHT);
	bitmark_snapshot_close(reader);
	ck_assert_int_eq(bm_roll_back_commit(r), BITMARK_OK);
	bm_roll_back_free(r);
	reader = store_snapshot(chain);
	after = snapshot_dump(reader);
	ck_assert_str_eq(seen, after);
	bitmark_snapshot_close(reader);
	free(after);
	free(seen);
}
END_TEST

START_TEST(without_a_commit_nothing_has_happened)
{
	const size_t before = commits();
	struct bm_roll_back *r = begin(LEFT + 1);

	put_and_commit("a");
	bm_roll_back_free(r);
	ck_assert_uint_eq(commits(), before);
	assert_state(HEIGHT);
	ck_assert_uint_eq(row_count(), 0);
}
END_TEST

/* Its user must hear of it, as it was told that they are committed. */
START_TEST(the_next_commit_tells_that_rows_were_lost)
{
	struct bm_roll_back *r = begin(LEFT + 1);

	put_and_commit("a");
	bm_roll_back_free(r);
	(void)!j.put(j.user, span("b"), span("value"));
	ck_assert_int_eq(j.commit(j.user), BITMARK_E_STOPPED);
	ck_assert_uint_eq(row_count(), 0);
	put_and_commit("c");
	r = begin(LEFT + 1);
	bm_roll_back_free(r);
	put_and_commit("d");
	ck_assert_uint_eq(row_count(), 2);
}
END_TEST

START_TEST(a_change_of_the_journal_that_is_open_is_ended_first)
{
	struct bm_roll_back *r;

	ck_assert_int_eq(j.put(j.user, span("a"), span("1")), BITMARK_OK);
	ck_assert_int_eq(bm_roll_back_begin(&r, chain, LEFT + 1),
	    BITMARK_E_STATE);
	ck_assert_ptr_null(r);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	ck_assert_uint_eq(row_count(), 1);
	bm_roll_back_free(begin(LEFT + 1));
}
END_TEST

START_TEST(only_blocks_that_are_there_are_taken_away)
{
	static const uint64_t finals[] = { 0, 1, HEIGHT + 1, UINT64_MAX };
	struct bm_roll_back *r;

	for (size_t i = 0; i < sizeof finals / sizeof finals[0]; i++)
		ck_assert_int_eq(bm_roll_back_begin(&r, chain, finals[i]),
		    BITMARK_E_ARGUMENT);
	bm_roll_back_free(begin(HEIGHT));
	bm_roll_back_free(begin(2));
}
END_TEST

START_TEST(nothing_else_is_written_meanwhile)
{
	const struct golden_block *b = golden_block(&golden, HEIGHT + 1);
	struct bm_roll_back *r = begin(LEFT + 1), *other;

	ck_assert_int_eq(bitmark_chain_add(chain, b->data, b->size, b->digest,
	    CHAIN_NOW), BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 2),
	    BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_E_STATE);
	ck_assert_int_eq(bm_roll_back_begin(&other, chain, 2),
	    BITMARK_E_STATE);
	put_and_commit("a");
	ck_assert_int_eq(bm_roll_back_commit(r), BITMARK_OK);
	bm_roll_back_free(r);
	ck_assert_uint_eq(row_count(), 1);
	assert_state(LEFT);
}
END_TEST

START_TEST(a_map_that_is_too_small_is_enlarged)
{
	uint8_t *large = calloc(1, LARGE_ROW);
	struct bm_roll_back *r = begin(LEFT + 1);
	size_t before, after, used;

	ck_assert_ptr_nonnull(large);
	bitmark_chain_room(chain, &before, &used);
	ck_assert_uint_lt(before, LARGE_ROW);
	put_and_commit("a");
	ck_assert_int_eq(j.put(j.user, span("b"),
	    (struct bitmark_span){ large, LARGE_ROW }), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	ck_assert_int_eq(bm_roll_back_commit(r), BITMARK_OK);
	bm_roll_back_free(r);
	free(large);
	bitmark_chain_room(chain, &after, &used);
	ck_assert_uint_gt(after, before);
	ck_assert_uint_eq(row_count(), 2);
	assert_state(LEFT);
}
END_TEST

static void
limit_files(rlim_t size)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(on_a_full_disk_the_chain_is_as_it_was)
{
	uint8_t *large = calloc(1, LARGE_ROW);
	struct bm_roll_back *r = begin(LEFT + 1);

	ck_assert_ptr_nonnull(large);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(j.put(j.user, span("a"),
	    (struct bitmark_span){ large, LARGE_ROW }), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	limit_files(LARGE_ROW / 2);
	ck_assert_int_eq(bm_roll_back_commit(r), BITMARK_E_STORE_FULL);
	bm_roll_back_free(r);
	limit_files(RLIM_INFINITY);
	free(large);
	assert_state(HEIGHT);
	ck_assert_int_eq(j.commit(j.user), BITMARK_E_STORE_FULL);
	ck_assert_uint_eq(row_count(), 0);
	put_and_commit("b");
	ck_assert_int_eq(bitmark_chain_delete_down(chain, LEFT + 1),
	    BITMARK_OK);
	assert_state(LEFT);
}
END_TEST

START_TEST(a_chain_without_a_journal_is_rolled_back_as_well)
{
	struct bm_roll_back *r;

	bitmark_chain_journal_close(journal);
	journal = NULL;
	r = begin(LEFT + 1);
	ck_assert_int_eq(bm_roll_back_commit(r), BITMARK_OK);
	bm_roll_back_free(r);
	assert_state(LEFT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain roll back");
	TCase *t = tcase_create("roll back");

	vectors_keep("chain-a.json");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, blocks_and_journal_go_with_one_commit);
	tcase_add_test(t, the_blocks_are_told_with_the_newest_first);
	tcase_add_test(t,
	    the_state_without_the_blocks_can_be_read_before_the_commit);
	tcase_add_test(t, without_a_commit_nothing_has_happened);
	tcase_add_test(t, the_next_commit_tells_that_rows_were_lost);
	tcase_add_test(t, a_change_of_the_journal_that_is_open_is_ended_first);
	tcase_add_test(t, only_blocks_that_are_there_are_taken_away);
	tcase_add_test(t, nothing_else_is_written_meanwhile);
	tcase_add_test(t, a_map_that_is_too_small_is_enlarged);
	tcase_add_test(t, on_a_full_disk_the_chain_is_as_it_was);
	tcase_add_test(t, a_chain_without_a_journal_is_rolled_back_as_well);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
