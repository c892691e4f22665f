/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Giving back the memory that LMDB keeps after a large change. */
#include "../support/stores.h"

#include <bitmarkpeer/journal.h>

#include "chain/chain.h"
#include "chain/format.h"
#include "chain/table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEIGHT 12
#define READERS 2
#define REOPENINGS 50
#define WAIT_MS 10000
/* Rows of a large change, and of one that is none. */
#define MANY_ROWS 1000
#define FEW_ROWS 300

static struct golden_chain a;
static char *directory;
static struct bitmark_chain *chain;
/* An environment that was opened anew does not have it. */
static int marker;

static void
setup(void)
{
	a = golden_chain("chain-a");
	directory = store_directory();
	chain = store_open(directory);
	store_add(chain, &a, HEIGHT);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert_int_eq(mdb_env_set_userctx(chain->store.mdb, &marker), 0);
}

static void
teardown(void)
{
	bitmark_chain_close(chain);
	store_remove(directory);
	golden_chain_free(&a);
}

static bool
is_opened_again(void)
{
	return mdb_env_get_userctx(chain->store.mdb) != &marker;
}

/* Rows that do not stay: the store is as it was. */
static bitmark_status
come_and_go(struct bm_txn *t, void *user)
{
	const unsigned rows = *(const unsigned *)user;
	bitmark_status status = BITMARK_OK;

	for (unsigned i = 0; status == BITMARK_OK && i < 2 * rows; i++) {
		const uint32_t key = i % rows;

		status = i < rows ?
		    bm_put(t, BM_TABLE_META, &key, sizeof key, "", 0) :
		    bm_del(t, BM_TABLE_META, &key, sizeof key);
	}
	return status;
}

static void
change(unsigned rows)
{
	ck_assert_int_eq(bm_write(&chain->store, come_and_go, &rows,
	    WAIT_MS), BITMARK_OK);
}

START_TEST(only_a_large_change_has_something_to_give_back)
{
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	change(FEW_ROWS);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	change(FEW_ROWS);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert(!is_opened_again());
	change(MANY_ROWS);
	change(FEW_ROWS);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert(is_opened_again());
}
END_TEST

START_TEST(memory_is_given_back_once)
{
	change(MANY_ROWS);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert_int_eq(mdb_env_set_userctx(chain->store.mdb, &marker), 0);
	change(FEW_ROWS);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert(!is_opened_again());
}
END_TEST

static void
expect_dump(const char *before)
{
	struct bitmark_snapshot *s = store_snapshot(chain);
	char *now = snapshot_dump(s);

	ck_assert_msg(strcmp(before, now) == 0, "another dump");
	free(now);
	bitmark_snapshot_close(s);
}

START_TEST(a_trimmed_store_is_whole_and_can_be_changed)
{
	struct bitmark_snapshot *s = store_snapshot(chain);
	char *before = snapshot_dump(s);
	size_t map[2], used;

	bitmark_snapshot_release(s);
	bitmark_chain_room(chain, &map[0], &used);
	change(MANY_ROWS);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert(is_opened_again());
	bitmark_chain_room(chain, &map[1], &used);
	ck_assert_uint_eq(map[1], map[0]);
	expect_dump(before);
	/* A snapshot that was released before, too. */
	ck_assert_int_eq(bitmark_snapshot_renew(s), BITMARK_OK);
	bitmark_snapshot_close(s);

	store_add(chain, &a, HEIGHT + 2);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, HEIGHT + 1),
	    BITMARK_OK);
	expect_dump(before);
	free(before);
	bitmark_chain_close(chain);
	chain = store_open(directory);
	ck_assert_uint_eq(store_height(chain), HEIGHT);
}
END_TEST

static bitmark_status
count_row(void *user, struct bitmark_span key, struct bitmark_span value)
{
	(void)value;
	*(uint64_t *)user += key.data[0];
	return BITMARK_OK;
}

START_TEST(the_journal_of_a_trimmed_store_goes_on)
{
	const struct bitmark_span one = { (const uint8_t *)"\1", 1 };
	const struct bitmark_span two = { (const uint8_t *)"\2", 1 };
	struct bitmark_chain_journal *journal;
	struct bitmark_journal j = { .struct_size = sizeof j };
	uint64_t sum = 0;

	ck_assert_int_eq(bitmark_chain_journal_open(&journal, chain),
	    BITMARK_OK);
	bitmark_chain_journal_get(journal, &j);
	ck_assert_int_eq(j.put(j.user, one, one), BITMARK_OK);
	change(MANY_ROWS);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert(is_opened_again());
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	ck_assert_int_eq(j.put(j.user, two, two), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	ck_assert_int_eq(j.each(j.user, count_row, &sum), BITMARK_OK);
	ck_assert_uint_eq(sum, 1 + 2);
	bitmark_chain_journal_close(journal);
}
END_TEST

START_TEST(a_reader_is_not_disturbed_by_trimming)
{
	struct bitmark_snapshot *s;
	struct bitmark_span block;

	change(MANY_ROWS);
	s = store_snapshot(chain);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_E_TIMEOUT);
	ck_assert_int_eq(bitmark_snapshot_block(s, HEIGHT, &block),
	    BITMARK_OK);
	ck_assert(!is_opened_again());
	bitmark_snapshot_release(s);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert(is_opened_again());
	bitmark_snapshot_close(s);
}
END_TEST

START_TEST(trimming_is_refused_in_a_batch_and_to_a_reader)
{
	struct bitmark_chain *other;

	change(MANY_ROWS);
	ck_assert_int_eq(bitmark_chain_batch_begin(chain), BITMARK_OK);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_E_STATE);
	bitmark_chain_batch_abort(chain);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert(is_opened_again());

	bitmark_chain_close(chain);
	other = store_open_for(directory, BITMARK_CHAIN_READ, NULL);
	ck_assert_int_eq(bitmark_chain_trim(other), BITMARK_E_STATE);
	bitmark_chain_close(other);
	chain = store_open(directory);
}
END_TEST

/* The store was moved, so that another file may be at its path; it must not be
 * taken for the store. */
START_TEST(a_store_that_was_moved_stays_as_it_is)
{
	char aside[256];

	snprintf(aside, sizeof aside, "%s.moved", directory);
	change(MANY_ROWS);
	ck_assert_int_eq(rename(directory, aside), 0);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_E_NOT_FOUND);
	ck_assert(!is_opened_again());
	store_add(chain, &a, HEIGHT + 1);
	ck_assert_int_eq(rename(aside, directory), 0);
	ck_assert_int_eq(bitmark_chain_trim(chain), BITMARK_OK);
	ck_assert(is_opened_again());
	ck_assert_uint_eq(store_height(chain), HEIGHT + 1);
}
END_TEST

static atomic_bool over;

static void *
read_on(void *user)
{
	struct bitmark_snapshot *s;
	struct bitmark_span block;
	bool *right = user;

	*right = bitmark_snapshot_open(chain, &s) == BITMARK_OK;
	while (*right && !atomic_load(&over)) {
		*right = bitmark_snapshot_renew(s) == BITMARK_OK &&
		    bitmark_snapshot_block(s, HEIGHT, &block) == BITMARK_OK &&
		    block.size == golden_block(&a, HEIGHT)->size;
		bitmark_snapshot_release(s);
	}
	bitmark_snapshot_close(s);
	return NULL;
}

START_TEST(threads_that_always_read_do_not_notice_trimming)
{
	pthread_t thread[READERS];
	bool right[READERS];

	atomic_store(&over, false);
	for (int i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, read_on,
		    &right[i]), 0);
	for (int i = 0; i < REOPENINGS; i++)
		ck_assert_int_eq(bm_format_reopen(&chain->store,
		    WAIT_MS), BITMARK_OK);
	atomic_store(&over, true);
	for (int i = 0; i < READERS; i++) {
		pthread_join(thread[i], NULL);
		ck_assert(right[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain trim");
	TCase *tc = tcase_create("trim");

	vectors_keep("chain-a.json");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, only_a_large_change_has_something_to_give_back);
	tcase_add_test(tc, memory_is_given_back_once);
	tcase_add_test(tc, a_trimmed_store_is_whole_and_can_be_changed);
	tcase_add_test(tc, the_journal_of_a_trimmed_store_goes_on);
	tcase_add_test(tc, a_reader_is_not_disturbed_by_trimming);
	tcase_add_test(tc, trimming_is_refused_in_a_batch_and_to_a_reader);
	tcase_add_test(tc, a_store_that_was_moved_stays_as_it_is);
	tcase_add_test(tc, threads_that_always_read_do_not_notice_trimming);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
