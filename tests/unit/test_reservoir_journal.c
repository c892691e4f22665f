/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A journal that fails for a while, as on a full disk: the rows that are
 * written when it works again, and how often it is tried until then.
 */
#include "../support/reservoirs.h"

#include <string.h>

/* Operations of scenario 6: transfers, issues and payments that wait, and a
 * block that confirms some of them. */
#define FILL_FIRST 0
#define FILL_LAST 12
#define BLOCK 28

/* Far more than the node needs until a wait is as long as it gets. */
#define FAILURES_MANY 40
/* Longer than any wait.  Seconds. */
#define WAIT_LONG_S 3600

static void
break_journal(void)
{
	rx.journal.broken = true;
}

/* From here on calls are counted anew. */
static void
mend_journal(void)
{
	rx.journal.broken = false;
	rx.journal.puts = rx.journal.dels = rx.journal.commits = 0;
}

static bitmark_status
submit(unsigned scenario, size_t i)
{
	struct bitmark_asset_result a = { .struct_size = sizeof a };

	return submit_asset(reservoir_operation(scenario, i), &a);
}

static bitmark_status
expire(void)
{
	return bitmark_reservoir_expire(rx.r, rx.now_s);
}

static void
fail_many_times(void)
{
	break_journal();
	for (int i = 0; i < FAILURES_MANY; i++)
		ck_assert_int_eq(submit(1, 0), BITMARK_E_IO);
}

/* Orphan payments number ${first} to ${last}; they need no signatures. */
static void
pay(unsigned first, unsigned last)
{
	const struct bitmark_payment output = { .amount = 1 };
	const struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		.currency = BITMARK_CURRENCY_BITCOIN,
		.output = &output,
		.count = 1,
	};
	uint8_t pay_id[BITMARK_PAY_ID_SIZE] = { 0 };

	for (unsigned i = first; i <= last; i++) {
		memcpy(pay_id, &i, sizeof i);
		ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s,
		    pay_id, &paid, NULL), BITMARK_OK);
	}
}

/* The rows are those of an equal reservoir that never missed anything: reading
 * them gives the same counts. */
static void
assert_complete(void)
{
	const struct bitmark_reservoir_counts before = counts_now();
	struct bitmark_reservoir_counts after;

	reservoir_reopen();
	after = counts_now();
	ck_assert_uint_eq(after.pending, before.pending);
	ck_assert_uint_eq(after.verified, before.verified);
	ck_assert_uint_eq(after.settled, before.settled);
	ck_assert_uint_eq(after.assets, before.assets);
	ck_assert_uint_eq(after.orphans, before.orphans);
}

START_TEST(only_what_was_missed_is_written)
{
	const json_t *o = reservoir_operation(6, BLOCK);
	size_t size;
	uint8_t *block = operation_bytes(o, &size);

	submit_operations(6, FILL_FIRST, FILL_LAST);
	pay(1, 1000);
	add_block_unheard(o);
	break_journal();
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s, block,
	    size), BITMARK_E_IO);
	mend_journal();
	ck_assert_int_eq(expire(), BITMARK_OK);
	/* The payments were not touched by the block. */
	ck_assert_uint_gt(rx.journal.puts, 0);
	ck_assert_uint_le(rx.journal.puts, FILL_LAST);
	ck_assert_uint_le(rx.journal.dels, FILL_LAST);
	assert_complete();
	free(block);
}
END_TEST

START_TEST(units_that_a_block_changes_are_written_with_it_and_once)
{
	const json_t *o = reservoir_operation(6, BLOCK);
	unsigned puts;
	size_t size;
	uint8_t *block = operation_bytes(o, &size);

	submit_operations(6, FILL_FIRST, FILL_LAST);
	add_block_unheard(o);
	mend_journal();
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s, block,
	    size), BITMARK_OK);
	puts = rx.journal.puts;
	ck_assert_uint_gt(puts, 0);
	ck_assert_uint_le(puts, FILL_LAST);
	ck_assert_uint_eq(rx.journal.commits, 1);
	ck_assert_int_eq(expire(), BITMARK_OK);
	ck_assert_uint_eq(rx.journal.puts, puts);
	free(block);
}
END_TEST

/* A submission that was refused leaves nothing to be written; the change before
 * it may be, because a journal may tell of that, too. */
START_TEST(at_most_the_last_change_is_written_when_nothing_was_missed)
{
	submit_operations(6, FILL_FIRST, FILL_LAST);
	break_journal();
	ck_assert_int_eq(submit(1, 0), BITMARK_E_IO);
	mend_journal();
	ck_assert_int_eq(expire(), BITMARK_OK);
	ck_assert_uint_le(rx.journal.puts, 1);
	assert_complete();
}
END_TEST

START_TEST(removed_rows_that_were_missed_are_removed_later)
{
	submit_operations(6, FILL_FIRST, FILL_LAST);
	pay(1, 10);
	break_journal();
	rx.now_s += 10 * RESERVOIR_LIFE_S;
	ck_assert_int_eq(expire(), BITMARK_E_IO);
	ck_assert_uint_eq(counts_now().pending, 0);
	ck_assert_uint_eq(counts_now().orphans, 0);
	mend_journal();
	ck_assert_int_eq(expire(), BITMARK_OK);
	assert_complete();
}
END_TEST

/* The payment was removed, which the journal has missed, and came again. */
START_TEST(row_that_came_again_after_its_missed_removal_stays)
{
	pay(1, 1);
	break_journal();
	rx.now_s += RESERVOIR_LIFE_S;
	ck_assert_int_eq(expire(), BITMARK_E_IO);
	bitmark_reservoir_begin(rx.r);
	pay(1, 1);
	ck_assert_int_eq(bitmark_reservoir_commit(rx.r), BITMARK_E_IO);
	ck_assert_uint_eq(counts_now().orphans, 1);
	mend_journal();
	ck_assert_int_eq(expire(), BITMARK_OK);
	ck_assert_uint_eq(rx.journal.committed.count, 1);
	assert_complete();
}
END_TEST

/* More than two changes could hold. */
START_TEST(what_was_missed_comes_in_parts_that_fit_the_journal)
{
	break_journal();
	bitmark_reservoir_begin(rx.r);
	pay(1, 5000);
	ck_assert_int_eq(bitmark_reservoir_commit(rx.r), BITMARK_E_IO);
	mend_journal();
	rx.journal.room = 2200;
	ck_assert_int_eq(expire(), BITMARK_OK);
	ck_assert_uint_eq(rx.journal.puts, 5000);
	ck_assert_uint_ge(rx.journal.commits, 3);
	assert_complete();

	break_journal();
	rx.now_s += RESERVOIR_LIFE_S;
	ck_assert_int_eq(expire(), BITMARK_E_IO);
	mend_journal();
	ck_assert_int_eq(expire(), BITMARK_OK);
	ck_assert_uint_eq(rx.journal.committed.count, 0);
	ck_assert_uint_ge(rx.journal.commits, 3);
}
END_TEST

/* What a part has written is not written again, but for the last part that
 * succeeded: a journal may tell of its loss with the next commit. */
START_TEST(parts_that_were_written_before_a_failure_stay_written)
{
	break_journal();
	bitmark_reservoir_begin(rx.r);
	pay(1, 5000);
	ck_assert_int_eq(bitmark_reservoir_commit(rx.r), BITMARK_E_IO);
	mend_journal();
	rx.journal.commits_max = 2;
	ck_assert_int_ne(expire(), BITMARK_OK);
	ck_assert_uint_eq(rx.journal.commits, 2);
	ck_assert_uint_gt(rx.journal.committed.count, 3000);
	rx.journal.commits_max = 0;
	rx.journal.puts = 0;
	ck_assert_int_eq(expire(), BITMARK_OK);
	ck_assert_uint_le(rx.journal.puts, 4000);
	assert_complete();
}
END_TEST

/* Each submission fails with the journal's error; it is tried a few times, and
 * then not again before some time has passed. */
START_TEST(journal_that_fails_is_left_alone_for_a_while)
{
	unsigned tries;

	fail_many_times();
	tries = rx.journal.puts;
	ck_assert_uint_lt(tries, FAILURES_MANY / 2);
	rx.journal.broken = false;      /* which nobody knows yet */
	ck_assert_int_eq(submit(1, 0), BITMARK_E_IO);
	ck_assert_uint_eq(rx.journal.puts, tries);
	ck_assert_uint_eq(counts_now().assets, 0);
	rx.now_s += WAIT_LONG_S;
	ck_assert_int_eq(submit(1, 0), BITMARK_OK);
	assert_complete();
}
END_TEST

START_TEST(waits_become_longer_up_to_about_a_minute)
{
	uint64_t last = 0, waited_s, longest_s = 0;
	unsigned tries;

	fail_many_times();
	for (int i = 0; i < 12; i++) {
		tries = rx.journal.puts;
		for (waited_s = 0; rx.journal.puts == tries; waited_s++) {
			ck_assert_uint_lt(waited_s, 100);
			rx.now_s++;
			ck_assert_int_eq(submit(1, 0), BITMARK_E_IO);
		}
		ck_assert_uint_ge(waited_s, last);
		last = longest_s = waited_s;
	}
	ck_assert_uint_ge(longest_s, 30);
}
END_TEST

START_TEST(after_a_success_the_journal_is_tried_at_once_again)
{
	fail_many_times();
	mend_journal();
	rx.now_s += WAIT_LONG_S;
	ck_assert_int_eq(submit(1, 0), BITMARK_OK);
	break_journal();
	ck_assert_int_eq(submit(1, 6), BITMARK_E_IO);
	mend_journal();
	ck_assert_int_eq(submit(1, 6), BITMARK_OK);
}
END_TEST

/* Somebody sets the clock back by a year. */
START_TEST(a_step_of_the_clock_does_not_prolong_a_wait)
{
	fail_many_times();
	mend_journal();
	rx.now_s -= (uint64_t)365 * 86400;
	ck_assert_int_eq(submit(1, 0), BITMARK_OK);
}
END_TEST

/* Blocks and expiry go on without the journal, and are written later. */
START_TEST(blocks_are_heard_while_the_journal_is_left_alone)
{
	const json_t *o = reservoir_operation(6, BLOCK);
	size_t size, settled;
	uint8_t *block = operation_bytes(o, &size);
	unsigned tries;

	submit_operations(6, FILL_FIRST, FILL_LAST);
	fail_many_times();
	add_block_unheard(o);
	tries = rx.journal.puts;
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s, block,
	    size), BITMARK_E_IO);
	ck_assert_uint_eq(rx.journal.puts, tries);
	settled = counts_now().settled;
	ck_assert_uint_gt(settled, 0);
	mend_journal();
	rx.now_s += WAIT_LONG_S;
	ck_assert_int_eq(expire(), BITMARK_OK);
	assert_complete();
	ck_assert_uint_eq(counts_now().settled, settled);
	free(block);
}
END_TEST

/* The rows that must change at the start cannot be written. */
START_TEST(reservoir_opens_on_a_full_disk)
{
	submit_operations(6, FILL_FIRST, FILL_LAST);
	add_block_unheard(reservoir_operation(6, BLOCK));
	break_journal();
	reservoir_reopen();
	ck_assert_uint_gt(counts_now().settled, 0);
	mend_journal();
	ck_assert_int_eq(expire(), BITMARK_OK);
	ck_assert_uint_gt(rx.journal.puts, 0);
	assert_complete();
}
END_TEST

/* A block that is being rolled back is in the journal: what was missed before
 * must not cost it. */
START_TEST(catching_up_keeps_the_blocks_of_a_rollback)
{
	const json_t *o = reservoir_operation(6, BLOCK);
	struct bitmark_span block;
	size_t rows;

	submit_operations(6, FILL_FIRST, FILL_LAST);
	submit_block(o);
	block = copy_newest_block();
	ck_assert_int_eq(bitmark_reservoir_block_going(rx.r, &block, 1),
	    BITMARK_OK);
	rows = rx.journal.committed.count;
	break_journal();
	bitmark_reservoir_begin(rx.r);
	pay(1, 1);
	ck_assert_int_eq(bitmark_reservoir_commit(rx.r), BITMARK_E_IO);
	mend_journal();
	ck_assert_int_eq(expire(), BITMARK_OK);
	ck_assert_uint_eq(rx.journal.committed.count, rows + 1);
	free((void *)(uintptr_t)block.data);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reservoir journal");
	TCase *t = tcase_create("failing");

	vectors_keep("chain-a.json");
	vectors_keep("reservoir.json");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_add_test(t, only_what_was_missed_is_written);
	tcase_add_test(t,
	    units_that_a_block_changes_are_written_with_it_and_once);
	tcase_add_test(t,
	    at_most_the_last_change_is_written_when_nothing_was_missed);
	tcase_add_test(t, removed_rows_that_were_missed_are_removed_later);
	tcase_add_test(t,
	    row_that_came_again_after_its_missed_removal_stays);
	tcase_add_test(t,
	    what_was_missed_comes_in_parts_that_fit_the_journal);
	tcase_add_test(t,
	    parts_that_were_written_before_a_failure_stay_written);
	tcase_add_test(t, journal_that_fails_is_left_alone_for_a_while);
	tcase_add_test(t, waits_become_longer_up_to_about_a_minute);
	tcase_add_test(t,
	    after_a_success_the_journal_is_tried_at_once_again);
	tcase_add_test(t, a_step_of_the_clock_does_not_prolong_a_wait);
	tcase_add_test(t, blocks_are_heard_while_the_journal_is_left_alone);
	tcase_add_test(t, reservoir_opens_on_a_full_disk);
	tcase_add_test(t, catching_up_keeps_the_blocks_of_a_rollback);
	tcase_set_timeout(t, 60);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
