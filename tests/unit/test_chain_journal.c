/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The journal in the store of a chain. */
#include "../support/reservoirs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chain/chain.h"

static struct bitmark_chain_journal *journal;
static struct bitmark_journal j = { .struct_size = sizeof j };

/* The store of the fixture, and a journal in it. */
static void
setup(void)
{
	reservoir_setup();
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, rx.chain),
	    BITMARK_OK);
	bitmark_chain_journal_get(journal, &j);
}

static void
teardown(void)
{
	bitmark_chain_journal_close(journal);
	reservoir_teardown();
}

/* Close the store as it is, and open it and the journal. */
static void
reopen(void)
{
	bitmark_chain_journal_close(journal);
	bitmark_snapshot_close(rx.snap);
	bitmark_chain_close(rx.chain);
	rx.chain = store_open_for(rx.directory, BITMARK_CHAIN_WRITE, NULL);
	rx.snap = store_snapshot(rx.chain);
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, rx.chain),
	    BITMARK_OK);
	bitmark_chain_journal_get(journal, &j);
}

static struct bitmark_span
span(const char *text)
{
	return (struct bitmark_span){ (const uint8_t *)text, strlen(text) };
}

static bitmark_status
append(void *user, struct bitmark_span key, struct bitmark_span value)
{
	char *all = user;

	strncat(all, (const char *)key.data, key.size);
	strcat(all, "=");
	strncat(all, (const char *)value.data, value.size);
	strcat(all, " ");
	return BITMARK_OK;
}

static const char *
rows(void)
{
	static char all[256];

	all[0] = '\0';
	ck_assert_int_eq(j.each(j.user, append, all), BITMARK_OK);
	return all;
}

START_TEST(committed_rows_are_there_in_order_after_a_restart)
{
	ck_assert_int_eq(j.put(j.user, span("b"), span("2")), BITMARK_OK);
	ck_assert_int_eq(j.put(j.user, span("a"), span("1")), BITMARK_OK);
	ck_assert_int_eq(j.put(j.user, span("b"), span("3")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	ck_assert_int_eq(j.del(j.user, span("none")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	reopen();
	ck_assert_str_eq(rows(), "a=1 b=3 ");
}
END_TEST

START_TEST(change_without_commit_leaves_nothing)
{
	ck_assert_int_eq(j.put(j.user, span("a"), span("1")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	ck_assert_int_eq(j.del(j.user, span("a")), BITMARK_OK);
	ck_assert_int_eq(j.put(j.user, span("b"), span("2")), BITMARK_OK);
	reopen();
	ck_assert_str_eq(rows(), "a=1 ");
}
END_TEST

START_TEST(an_empty_commit_succeeds)
{
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	ck_assert_str_eq(rows(), "");
}
END_TEST

START_TEST(the_journal_is_refused_while_a_batch_is_open)
{
	struct bitmark_chain_journal *other;

	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(bitmark_chain_batch_begin(rx.chain), BITMARK_OK);
	ck_assert_int_eq(j.put(j.user, span("a"), span("1")),
	    BITMARK_E_STATE);
	ck_assert_int_eq(j.commit(j.user), BITMARK_E_STATE);
	ck_assert_int_eq(bitmark_chain_journal_open(&other, rx.chain),
	    BITMARK_E_STATE);
	bitmark_chain_batch_abort(rx.chain);
	ck_assert_int_eq(j.put(j.user, span("a"), span("1")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	ck_assert_str_eq(rows(), "a=1 ");
}
END_TEST

START_TEST(keys_that_are_empty_or_too_long_fail_the_change)
{
	static const uint8_t bytes[BITMARK_JOURNAL_KEY_MAX + 1];
	const struct bitmark_span longest = { bytes, sizeof bytes - 1 };
	const struct bitmark_span bad[] = { { NULL, 0 }, { bytes, 0 },
		{ bytes, sizeof bytes } };
	const size_t count = sizeof bad / sizeof bad[0];

	for (size_t i = 0; i < 2 * count; i++) {
		const struct bitmark_span key = bad[i / 2];

		ck_assert_int_eq(j.put(j.user, span("a"), span("1")),
		    BITMARK_OK);
		ck_assert_int_eq(i % 2 == 0 ? j.put(j.user, key, span("1")) :
		    j.del(j.user, key), BITMARK_E_ARGUMENT);
		ck_assert_int_eq(j.commit(j.user), BITMARK_E_ARGUMENT);
		ck_assert_str_eq(rows(), "");
	}
	ck_assert_int_eq(j.put(j.user, longest, span("1")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
}
END_TEST

START_TEST(reader_has_no_journal)
{
	struct bitmark_chain_journal *other;
	struct bitmark_chain *reader;

	bitmark_snapshot_close(rx.snap);
	bitmark_chain_journal_close(journal);
	bitmark_chain_close(rx.chain);
	reader = store_open_for(rx.directory, BITMARK_CHAIN_READ, NULL);
	ck_assert_int_eq(bitmark_chain_journal_open(&other, reader),
	    BITMARK_E_READONLY);
	ck_assert_ptr_null(other);
	bitmark_chain_close(reader);
	rx.chain = store_open_for(rx.directory, BITMARK_CHAIN_WRITE, NULL);
	rx.snap = store_snapshot(rx.chain);
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, rx.chain),
	    BITMARK_OK);
}
END_TEST

START_TEST(journal_is_no_part_of_the_state_of_the_chain)
{
	char *before = snapshot_dump(rx.snap), *after;

	ck_assert_int_eq(j.put(j.user, span("a"), span("1")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	reopen();
	after = snapshot_dump(rx.snap);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

/* Blocks come while snapshots live and the journal is used: its handle and
 * the map go on. */
START_TEST(journal_and_blocks_take_turns)
{
	ck_assert_int_eq(j.put(j.user, span("a"), span("1")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	submit_operations(6, 28, 28);
	ck_assert_int_eq(j.put(j.user, span("b"), span("2")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	submit_operations(6, 53, 53);
	ck_assert_str_eq(rows(), "a=1 b=2 ");
}
END_TEST

/* The store of the fixture begins with the smallest map. */
START_TEST(full_map_grows_when_no_snapshot_is_live)
{
	static uint8_t large[1 << 20];
	const struct bitmark_span value = { large, sizeof large };
	char key[] = "a";
	bitmark_status status = BITMARK_OK;

	while (status == BITMARK_OK && key[0]++ < 'z') {
		(void)!j.put(j.user, span(key), value);
		status = j.commit(j.user);
	}
	ck_assert_int_eq(status, BITMARK_E_STORE_FULL);
	bitmark_snapshot_release(rx.snap);
	bitmark_chain_journal_make_room(journal);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	ck_assert_int_eq(j.put(j.user, span(key), value), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
}
END_TEST

/* One change may write all rows anew although a snapshot still sees the pages
 * of the old ones.  With so many rows the map, which doubles, has the least
 * room beyond what the journal asks for anyway. */
START_TEST(there_is_room_to_write_all_rows_anew)
{
	static uint8_t large[4 << 20];
	const struct bitmark_span value = { large, sizeof large };
	const char *names = "abcdefghijklmnopqr";
	bitmark_status status = BITMARK_OK;

	bitmark_snapshot_release(rx.snap);
	for (size_t i = 0; names[i] != '\0'; i++) {
		ck_assert_int_eq(j.put(j.user, (struct bitmark_span){
		    (const uint8_t *)names + i, 1 }, value), BITMARK_OK);
		ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	}
	bitmark_chain_journal_make_room(journal);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	for (size_t i = 0; names[i] != '\0' && status == BITMARK_OK; i++)
		status = j.put(j.user, (struct bitmark_span){
		    (const uint8_t *)names + i, 1 }, value);
	ck_assert_int_eq(status, BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
}
END_TEST

/* Rebuild the store, and open it and the journal. */
static void
reindex(void)
{
	struct golden_chain a = golden_chain("chain-a");
	struct bitmark_digest_pool *pool = golden_pool(&a, &a);
	struct bitmark_chain_config config = store_config(rx.directory,
	    BITMARK_CHAIN_WRITE, pool);

	bitmark_chain_journal_close(journal);
	bitmark_snapshot_close(rx.snap);
	bitmark_chain_close(rx.chain);
	ck_assert_int_eq(bitmark_chain_reindex(&config, rx.now_s, NULL,
	    NULL), BITMARK_OK);
	bitmark_digest_pool_free(pool);
	golden_chain_free(&a);
	rx.chain = store_open_for(rx.directory, BITMARK_CHAIN_WRITE, NULL);
	rx.snap = store_snapshot(rx.chain);
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, rx.chain),
	    BITMARK_OK);
	bitmark_chain_journal_get(journal, &j);
}

START_TEST(journal_survives_a_reindex)
{
	ck_assert_int_eq(j.put(j.user, span("a"), span("1")), BITMARK_OK);
	ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	reindex();
	ck_assert_str_eq(rows(), "a=1 ");
}
END_TEST

static bitmark_status
add_size(void *user, struct bitmark_span key, struct bitmark_span value)
{
	size_t *size = user;

	(void)key;
	*size += value.size;
	return BITMARK_OK;
}

/* More than fits in the map of a new store. */
START_TEST(large_journal_survives_a_reindex)
{
	static uint8_t large[4 << 20];
	const struct bitmark_span value = { large, sizeof large };
	size_t size = 0;

	bitmark_snapshot_release(rx.snap);
	for (char key[] = "a"; key[0] <= 'p'; key[0]++) {
		ck_assert_int_eq(j.put(j.user, span(key), value), BITMARK_OK);
		ck_assert_int_eq(j.commit(j.user), BITMARK_OK);
	}
	reindex();
	ck_assert_int_eq(j.each(j.user, add_size, &size), BITMARK_OK);
	ck_assert_uint_eq(size, 16 * sizeof large);
}
END_TEST

/*
 * A process that is killed.
 */

/* Transfers of scenario 4 that can all be pending at once. */
static const size_t transfers[] = { 0, 6, 7, 8, 9, 10, 11, 21, 24, 25 };
#define TRANSFERS (sizeof transfers / sizeof transfers[0])

static struct bitmark_reservoir *
open_over_chain(void)
{
	const struct bitmark_reservoir_config config = {
		.struct_size = sizeof config,
		.params = bitmark_chain_params_find("local"),
		.journal = &j,
	};
	struct bitmark_reservoir *r;

	ck_assert_int_eq(bitmark_reservoir_open(&r, &config, rx.snap,
	    rx.now_s), BITMARK_OK);
	return r;
}

/* Submit transfers and say so, one after the other, until killed. */
static void
submit_until_killed(int out)
{
	struct bitmark_unit_result result = { .struct_size = sizeof result };

	rx.chain = store_open_for(rx.directory, BITMARK_CHAIN_WRITE, NULL);
	rx.snap = store_snapshot(rx.chain);
	if (bitmark_chain_journal_open(&journal, rx.chain) != BITMARK_OK)
		_exit(1);
	bitmark_chain_journal_get(journal, &j);
	rx.r = open_over_chain();
	for (size_t i = 0; i < TRANSFERS; i++) {
		uint8_t done = (uint8_t)i;

		if (submit_transfer(reservoir_operation(4, transfers[i]),
		    &result) != BITMARK_OK || write(out, &done, 1) != 1)
			_exit(1);
	}
	pause();
}

/* Kill the child when it has acknowledged ${wanted}; returns how many were
 * acknowledged in the end. */
static size_t
run_and_kill(size_t wanted)
{
	size_t seen = 0;
	uint8_t byte;
	int ends[2];
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		submit_until_killed(ends[1]);
	close(ends[1]);
	while (seen < wanted && read(ends[0], &byte, 1) == 1)
		seen++;
	ck_assert_uint_eq(seen, wanted);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(ends[0], &byte, 1) == 1)
		seen++;
	close(ends[0]);
	return seen;
}

START_TEST(killed_process_has_lost_nothing_that_it_acknowledged)
{
	size_t acknowledged;

	bitmark_chain_journal_close(journal);
	bitmark_snapshot_close(rx.snap);
	bitmark_chain_close(rx.chain);
	acknowledged = run_and_kill((size_t)_i);
	rx.chain = store_open_for(rx.directory, BITMARK_CHAIN_WRITE, NULL);
	rx.snap = store_snapshot(rx.chain);
	ck_assert_int_eq(bitmark_chain_journal_open(&journal, rx.chain),
	    BITMARK_OK);
	bitmark_chain_journal_get(journal, &j);
	bitmark_reservoir_close(rx.r);
	rx.r = open_over_chain();
	ck_assert_uint_ge(counts_now().pending, acknowledged);
	for (size_t i = 0; i < acknowledged; i++)
		ck_assert_str_eq(status_text(field_text(json_object_get(
		    reservoir_operation(4, transfers[i]), "result"),
		    "txId")), "Pending");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chain journal");
	TCase *t = tcase_create("journal");

	vectors_keep("chain-a.json");
	vectors_keep("reservoir.json");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t,
	    committed_rows_are_there_in_order_after_a_restart);
	tcase_add_test(t, change_without_commit_leaves_nothing);
	tcase_add_test(t, an_empty_commit_succeeds);
	tcase_add_test(t, the_journal_is_refused_while_a_batch_is_open);
	tcase_add_test(t, keys_that_are_empty_or_too_long_fail_the_change);
	tcase_add_test(t, reader_has_no_journal);
	tcase_add_test(t, journal_is_no_part_of_the_state_of_the_chain);
	tcase_add_test(t, journal_and_blocks_take_turns);
	tcase_add_test(t, full_map_grows_when_no_snapshot_is_live);
	tcase_add_test(t, there_is_room_to_write_all_rows_anew);
	tcase_add_test(t, journal_survives_a_reindex);
	tcase_add_test(t, large_journal_survives_a_reindex);
	tcase_add_loop_test(t,
	    killed_process_has_lost_nothing_that_it_acknowledged, 0,
	    TRANSFERS + 1);
	suite_add_tcase(s, t);
	return run_suite(s);
}
