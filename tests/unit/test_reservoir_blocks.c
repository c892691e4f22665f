/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Blocks that come and go, with the blocks of scenario 6: operations 0 to 12
 * fill the reservoir, 28 is block 26 with some of it and some that competes.
 */
#include "../support/reservoirs.h"

#include <stdlib.h>
#include <string.h>

#define FILL_FIRST 0
#define FILL_LAST 12
#define BLOCK 28
/* The pending bundle of three, of which the block has the second. */
#define BUNDLE 9
#define BUNDLE_COUNT 3

/* Ids of the statuses that the file asks for, after the block. */
#define ASKED_FIRST 29
#define ASKED_LAST 42

static const char *
asked(size_t i)
{
	return field_text(reservoir_operation(6, i), "txId");
}

static void
fill_and_confirm(void)
{
	submit_operations(6, FILL_FIRST, FILL_LAST);
	submit_operations(6, BLOCK, BLOCK);
}

/* The statuses of all transactions of the scenario, in a row. */
static void
note_statuses(const char *statuses[ASKED_LAST + 1])
{
	for (size_t i = ASKED_FIRST; i <= ASKED_LAST; i++)
		statuses[i] = status_text(asked(i));
}

static void
assert_statuses(const char *const statuses[ASKED_LAST + 1])
{
	for (size_t i = ASKED_FIRST; i <= ASKED_LAST; i++)
		ck_assert_msg(strcmp(status_text(asked(i)), statuses[i]) == 0,
		    "%s: %s, not %s", asked(i), status_text(asked(i)),
		    statuses[i]);
}

/* A client nonce for the bundle of an operation, in the present state. */
static enum bitmark_proof_result
prove(const struct bitmark_unit_result *unit, uint64_t pay_nonce)
{
	struct bitmark_grind_config grind = { .struct_size = sizeof grind,
	    .pay_nonce = pay_nonce };
	uint8_t nonce[BITMARK_GRIND_NONCE_SIZE];
	enum bitmark_proof_result result;

	memcpy(grind.pay_id, unit->pay_id, sizeof grind.pay_id);
	memcpy(grind.target, unit->target, sizeof grind.target);
	ck_assert_int_eq(bitmark_grind(&grind, nonce), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_proof(rx.r, rx.snap, unit->pay_id,
	    nonce, sizeof nonce, &result), BITMARK_OK);
	return result;
}

START_TEST(rest_of_a_bundle_can_still_be_proved_D_23)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r }, again =
	    { .struct_size = sizeof again };

	submit_operations(6, FILL_FIRST, BUNDLE - 1);
	ck_assert_int_eq(submit_issues(reservoir_operation(6, BUNDLE), &r),
	    BITMARK_OK);
	ck_assert_uint_eq(r.count, BUNDLE_COUNT);
	submit_operations(6, BUNDLE + 1, FILL_LAST);
	submit_operations(6, BLOCK, BLOCK);
	/* As v8.2 says of a bundle of which a part is confirmed. */
	ck_assert_int_eq(submit_issues(reservoir_operation(6, BUNDLE),
	    &again), BITMARK_E_TX_EXISTS);
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_PENDING);
	ck_assert_int_eq(prove(&r, r.pay_nonce), BITMARK_PROOF_ACCEPTED);
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_VERIFIED);
	ck_assert_int_eq(status_of(r.tx_id[1]), BITMARK_TX_STATUS_CONFIRMED);
	ck_assert_int_eq(status_of(r.tx_id[2]), BITMARK_TX_STATUS_VERIFIED);
}
END_TEST

START_TEST(rest_of_a_bundle_is_rebroadcast_whole_D_23)
{
	enum bitmark_rebroadcast kind;
	struct bitmark_span data;
	size_t size;
	uint8_t *bundle = operation_bytes(reservoir_operation(6, BUNDLE),
	    &size);
	bool found = false;

	fill_and_confirm();
	bitmark_reservoir_rebroadcast_start(rx.r);
	while (bitmark_reservoir_rebroadcast_next(rx.r, &kind, &data) ==
	    BITMARK_OK)
		found = found || (data.size == size &&
		    memcmp(data.data, bundle, size) == 0);
	ck_assert(found);
	free(bundle);
}
END_TEST

START_TEST(rest_of_a_bundle_still_expires)
{
	fill_and_confirm();
	ck_assert_uint_gt(counts_now().pending, 0);
	rx.now_s += RESERVOIR_LIFE_S;
	ck_assert_int_eq(bitmark_reservoir_expire(rx.r, rx.now_s),
	    BITMARK_OK);
	ck_assert_uint_eq(counts_now().pending, 0);
	ck_assert_uint_eq(counts_now().verified, 1);
}
END_TEST

START_TEST(each_change_by_a_block_is_told_once)
{
	submit_operations(6, FILL_FIRST, FILL_LAST);
	ck_assert_uint_eq(rx.told[BITMARK_TX_VERIFIED], 4);
	submit_operations(6, BLOCK, BLOCK);
	/* Two transfers and two issues of ours; two that compete. */
	ck_assert_uint_eq(rx.told[BITMARK_TX_CONFIRMED], 4);
	ck_assert_uint_eq(rx.told[BITMARK_TX_DROPPED], 2);
}
END_TEST

/* D-22: v8.2 throws the transactions of a removed block away. */
START_TEST(transactions_of_a_removed_block_come_back_D_22)
{
	fill_and_confirm();
	remove_block();
	/* Pending before: pending again. */
	ck_assert_str_eq(status_text(asked(29)), "Pending");
	/* Came with the block, in place of ours. */
	ck_assert_str_eq(status_text(asked(31)), "Pending");
	ck_assert_str_eq(status_text(asked(34)), "Pending");
	ck_assert_str_eq(status_text(asked(30)), "Unknown");
	/* Its payment, and the proof of its bundle, were known here. */
	ck_assert_str_eq(status_text(asked(35)), "Verified");
	ck_assert_str_eq(status_text(asked(39)), "Verified");
	/* Issues: one of the pending bundle, one that came with the block. */
	ck_assert_str_eq(status_text(asked(37)), "Pending");
	ck_assert_str_eq(status_text(asked(42)), "Pending");
}
END_TEST

START_TEST(asset_of_a_removed_block_is_cached_again)
{
	struct bitmark_asset_result r = { .struct_size = sizeof r };

	fill_and_confirm();
	remove_block();
	ck_assert_int_eq(submit_asset(reservoir_operation(6, 44), &r),
	    BITMARK_OK);
	ck_assert(r.cached);
	ck_assert(!r.fresh);
}
END_TEST

START_TEST(a_bundle_is_whole_again_after_its_block_was_removed)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	fill_and_confirm();
	remove_block();
	ck_assert_int_eq(submit_issues(reservoir_operation(6, BUNDLE), &r),
	    BITMARK_OK);
	ck_assert(r.duplicate);
	ck_assert_int_eq(prove(&r, r.pay_nonce), BITMARK_PROOF_ACCEPTED);
	for (size_t i = 0; i < r.count; i++)
		ck_assert_int_eq(status_of(r.tx_id[i]),
		    BITMARK_TX_STATUS_VERIFIED);
}
END_TEST

START_TEST(removed_and_added_block_leaves_the_state_that_it_made)
{
	const char *before[ASKED_LAST + 1];

	fill_and_confirm();
	note_statuses(before);
	remove_block();
	reservoir_reopen();
	submit_operations(6, BLOCK, BLOCK);
	assert_statuses(before);
	reservoir_reopen();
	assert_statuses(before);
}
END_TEST

/* All that is asked for. */
static bool
pay_for(const struct bitmark_unit_result *unit)
{
	const struct bitmark_alternative *a = &unit->payments.alternative[0];
	const struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		a->segment[0].currency, a->segment, a->count
	};
	bool verified;

	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s,
	    unit->pay_id, &paid, &verified), BITMARK_OK);
	return verified;
}

/* The block is usually in the new branch, too: what was paid is not lost. */
START_TEST(transfer_of_what_a_removed_block_made_waits_for_it)
{
	struct bitmark_unit_result of_transfer = { .struct_size =
	    sizeof of_transfer }, of_issue = { .struct_size =
	    sizeof of_issue };

	fill_and_confirm();
	ck_assert_int_eq(submit_transfer(reservoir_operation(6, 51),
	    &of_transfer), BITMARK_OK);
	ck_assert_int_eq(submit_transfer(reservoir_operation(6, 52),
	    &of_issue), BITMARK_OK);
	ck_assert(pay_for(&of_issue));
	remove_block();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(status_of(of_transfer.tx_id[0]),
		    BITMARK_TX_STATUS_PENDING);
		ck_assert_int_eq(status_of(of_issue.tx_id[0]),
		    BITMARK_TX_STATUS_VERIFIED);
		reservoir_reopen();
	}
	submit_block(reservoir_operation(6, BLOCK));
	ck_assert_int_eq(status_of(of_issue.tx_id[0]),
	    BITMARK_TX_STATUS_VERIFIED);
}
END_TEST

START_TEST(transfer_goes_with_what_it_waits_for)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };

	fill_and_confirm();
	ck_assert_int_eq(submit_transfer(reservoir_operation(6, 52), &r),
	    BITMARK_OK);
	ck_assert(pay_for(&r));
	remove_block();
	rx.now_s += RESERVOIR_LIFE_S;
	ck_assert_int_eq(bitmark_reservoir_expire(rx.r, rx.now_s),
	    BITMARK_OK);
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_UNKNOWN);
	counts = counts_now();
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().verified, counts.verified);
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_UNKNOWN);
}
END_TEST

START_TEST(payment_that_comes_after_the_block_counts_when_that_goes)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	ck_assert_int_eq(submit_transfer(reservoir_operation(6, 0), &r),
	    BITMARK_OK);
	submit_operations(6, FILL_FIRST + 1, FILL_LAST);
	submit_operations(6, BLOCK, BLOCK);
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_CONFIRMED);
	ck_assert(pay_for(&r));
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_CONFIRMED);
	ck_assert_uint_eq(counts_now().orphans, 0);
	reservoir_reopen();
	remove_block();
	ck_assert_int_eq(status_of(r.tx_id[0]), BITMARK_TX_STATUS_VERIFIED);
}
END_TEST

/*
 * Crashes.
 */

START_TEST(a_transfer_that_lost_against_a_block_stays_gone_after_a_restart)
{
	size_t rows;

	submit_operations(6, FILL_FIRST, FILL_LAST);
	rows = rx.journal.committed.count;
	submit_operations(6, BLOCK, BLOCK);
	/* Two transfers; the rest is kept for a rollback. */
	ck_assert_uint_eq(rx.journal.committed.count, rows - 2);
	remove_block_unheard();
	reservoir_reopen();
	ck_assert_str_eq(status_text(asked(30)), "Unknown");
	ck_assert_str_eq(status_text(asked(33)), "Unknown");
}
END_TEST

START_TEST(block_not_heard_of_is_seen_at_the_next_start)
{
	const char *heard[ASKED_LAST + 1];
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };

	fill_and_confirm();
	note_statuses(heard);
	counts = counts_now();
	remove_block_unheard();
	reservoir_restart();
	submit_operations(6, FILL_FIRST, FILL_LAST);
	add_block_unheard(reservoir_operation(6, BLOCK));
	reservoir_reopen();
	assert_statuses(heard);
	ck_assert_uint_eq(counts_now().pending, counts.pending);
	ck_assert_uint_eq(counts_now().verified, counts.verified);
}
END_TEST

START_TEST(rollback_not_heard_of_is_seen_at_the_next_start)
{
	const char *before[ASKED_LAST + 1];

	submit_operations(6, FILL_FIRST, FILL_LAST);
	note_statuses(before);
	submit_operations(6, BLOCK, BLOCK);
	remove_block_unheard();
	reservoir_reopen();
	/* All but those that had lost against the block. */
	for (size_t i = ASKED_FIRST; i <= ASKED_LAST; i++)
		if (i != 30 && i != 33)
			ck_assert_str_eq(status_text(asked(i)), before[i]);
}
END_TEST

/* The end of the process comes after the commit of the chain. */
START_TEST(rollback_that_was_cut_short_loses_nothing)
{
	const char *heard[ASKED_LAST + 1];
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };
	struct bitmark_span block;

	fill_and_confirm();
	remove_block();
	note_statuses(heard);
	counts = counts_now();
	/* One that came with the block, and its asset. */
	ck_assert_str_eq(heard[42], "Pending");
	reservoir_restart();
	fill_and_confirm();
	block = copy_newest_block();
	ck_assert_int_eq(bitmark_reservoir_block_going(rx.r, &block, 1),
	    BITMARK_OK);
	remove_block_unheard();
	for (int i = 0; i < 2; i++) {
		reservoir_reopen();
		assert_statuses(heard);
		ck_assert_uint_eq(counts_now().pending, counts.pending);
		ck_assert_uint_eq(counts_now().verified, counts.verified);
		ck_assert_uint_eq(counts_now().assets, counts.assets);
	}
	free((void *)(uintptr_t)block.data);
}
END_TEST

START_TEST(rollback_that_was_announced_only_changes_nothing)
{
	const char *before[ASKED_LAST + 1];
	struct bitmark_span block;
	size_t rows;

	fill_and_confirm();
	note_statuses(before);
	rows = rx.journal.committed.count;
	block = copy_newest_block();
	ck_assert_int_eq(bitmark_reservoir_block_going(rx.r, &block, 1),
	    BITMARK_OK);
	ck_assert_uint_eq(rx.journal.committed.count, rows + 1);
	reservoir_reopen();
	assert_statuses(before);
	ck_assert_uint_eq(rx.journal.committed.count, rows);
	free((void *)(uintptr_t)block.data);
}
END_TEST

START_TEST(failing_journal_refuses_a_submission_without_effect)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };
	struct bitmark_asset_result a = { .struct_size = sizeof a };
	enum bitmark_proof_result proof;

	submit_operations(6, 7, 7);
	submit_operations(6, 10, 10);
	rx.journal.broken = true;
	ck_assert_int_eq(submit_transfer(reservoir_operation(6, 0), &r),
	    BITMARK_E_IO);
	ck_assert_int_eq(submit_asset(reservoir_operation(6, 8), &a),
	    BITMARK_E_IO);
	ck_assert_int_eq(submit_proof(reservoir_operation(6, 11), &proof),
	    BITMARK_E_IO);
	ck_assert_int_eq(submit_payment(reservoir_operation(6, 4), NULL),
	    BITMARK_E_IO);
	ck_assert_uint_eq(counts_now().pending, 2);
	ck_assert_uint_eq(counts_now().verified, 0);
	ck_assert_uint_eq(counts_now().assets, 1);
	ck_assert_uint_eq(counts_now().orphans, 0);
	rx.journal.broken = false;
	submit_operations(6, 0, 0);
	submit_operations(6, 11, 11);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().pending, 1);
	ck_assert_uint_eq(counts_now().verified, 2);
}
END_TEST

START_TEST(submissions_between_begin_and_commit_are_one_change)
{
	struct bitmark_asset_result a = { .struct_size = sizeof a };
	const unsigned commits = rx.journal.commits;

	bitmark_reservoir_begin(rx.r);
	for (size_t i = 7; i <= 8; i++)
		ck_assert_int_eq(submit_asset(reservoir_operation(6, i), &a),
		    BITMARK_OK);
	ck_assert_uint_eq(rx.journal.commits, commits);
	ck_assert_int_eq(bitmark_reservoir_commit(rx.r), BITMARK_OK);
	ck_assert_uint_eq(rx.journal.commits, commits + 1);
	/* The same bytes again change nothing. */
	ck_assert_int_eq(submit_asset(reservoir_operation(6, 8), &a),
	    BITMARK_OK);
	ck_assert(!a.fresh);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().assets, 2);
}
END_TEST

START_TEST(submissions_whose_commit_fails_are_written_with_the_next_change)
{
	struct bitmark_asset_result a = { .struct_size = sizeof a };

	rx.journal.broken = true;
	bitmark_reservoir_begin(rx.r);
	ck_assert_int_eq(submit_asset(reservoir_operation(6, 7), &a),
	    BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_commit(rx.r), BITMARK_E_IO);
	rx.journal.broken = false;
	ck_assert_int_eq(submit_asset(reservoir_operation(6, 8), &a),
	    BITMARK_OK);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().assets, 2);
}
END_TEST

START_TEST(journal_that_missed_a_block_is_written_anew)
{
	const json_t *o = reservoir_operation(6, BLOCK);
	const char *heard[ASKED_LAST + 1];
	size_t size;
	uint8_t *block = operation_bytes(o, &size);

	submit_operations(6, FILL_FIRST, FILL_LAST);
	add_block_unheard(o);
	rx.journal.broken = true;
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s, block,
	    size), BITMARK_E_IO);
	note_statuses(heard);
	ck_assert_str_eq(heard[ASKED_FIRST], "Confirmed");
	rx.journal.broken = false;
	ck_assert_int_eq(bitmark_reservoir_expire(rx.r, rx.now_s),
	    BITMARK_OK);
	reservoir_reopen();
	assert_statuses(heard);
	free(block);
}
END_TEST

START_TEST(damaged_row_is_left_out)
{
	struct memory_rows *rows = &rx.journal.committed;
	struct bitmark_reservoir_counts counts = { .struct_size =
	    sizeof counts };

	submit_operations(6, FILL_FIRST, FILL_LAST);
	submit_operations(5, 44, 44);
	counts = counts_now();
	ck_assert_uint_lt((size_t)_i, rows->count);
	rows->row[_i].value_size--;
	reservoir_reopen();
	ck_assert_uint_lt(counts_now().pending + counts_now().verified +
	    counts_now().assets + counts_now().orphans, counts.pending +
	    counts.verified + counts.assets + counts.orphans);
}
END_TEST

START_TEST(block_that_is_no_block_is_refused)
{
	const uint8_t data[BITMARK_HEADER_SIZE] = { 0, 2, 0, 9 };

	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s, data,
	    10), BITMARK_E_HEADER_SIZE);
	ck_assert_int_ne(bitmark_reservoir_block_removed(rx.r, rx.snap,
	    rx.now_s, data, sizeof data), BITMARK_E_HEADER_SIZE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir blocks");
	TCase *t = tcase_create("blocks");

	vectors_keep("chain-a.json");
	vectors_keep("reservoir.json");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, rest_of_a_bundle_can_still_be_proved_D_23);
	tcase_add_test(t, rest_of_a_bundle_is_rebroadcast_whole_D_23);
	tcase_add_test(t, rest_of_a_bundle_still_expires);
	tcase_add_test(t, each_change_by_a_block_is_told_once);
	tcase_add_test(t, transactions_of_a_removed_block_come_back_D_22);
	tcase_add_test(t, asset_of_a_removed_block_is_cached_again);
	tcase_add_test(t, a_bundle_is_whole_again_after_its_block_was_removed);
	tcase_add_test(t,
	    removed_and_added_block_leaves_the_state_that_it_made);
	tcase_add_test(t,
	    transfer_of_what_a_removed_block_made_waits_for_it);
	tcase_add_test(t, transfer_goes_with_what_it_waits_for);
	tcase_add_test(t,
	    payment_that_comes_after_the_block_counts_when_that_goes);
	suite_add_tcase(s, t);

	t = tcase_create("crashes");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t,
	    a_transfer_that_lost_against_a_block_stays_gone_after_a_restart);
	tcase_add_test(t, block_not_heard_of_is_seen_at_the_next_start);
	tcase_add_test(t, rollback_not_heard_of_is_seen_at_the_next_start);
	tcase_add_test(t, rollback_that_was_cut_short_loses_nothing);
	tcase_add_test(t, rollback_that_was_announced_only_changes_nothing);
	tcase_add_test(t,
	    failing_journal_refuses_a_submission_without_effect);
	tcase_add_test(t,
	    submissions_between_begin_and_commit_are_one_change);
	tcase_add_test(t,
	    submissions_whose_commit_fails_are_written_with_the_next_change);
	tcase_add_test(t, journal_that_missed_a_block_is_written_anew);
	tcase_add_loop_test(t, damaged_row_is_left_out, 0, 6);
	tcase_add_test(t, block_that_is_no_block_is_refused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
