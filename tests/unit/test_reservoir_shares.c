/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Shares, grants and swaps that wait, on blocks made for them. */
#include "../support/shares.h"

#include <stdlib.h>
#include <string.h>

#define FINGERPRINT SHARES_FINGERPRINT
#define TOTAL SHARES_TOTAL

START_TEST(what_is_paid_for_is_subtracted_from_the_balance)
{
	shares_grant_and_pay(600);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(shares_grant(401), BITMARK_E_SHARES);
		ck_assert_uint_eq(shares_spend(ALICE, 0), 600);
		reservoir_reopen();
	}
	shares_grant_and_pay(400);
	ck_assert_uint_eq(shares_result.remaining[0], 0);
	ck_assert_int_eq(shares_grant(1), BITMARK_E_SHARES);
	ck_assert_uint_eq(shares_count_ready(), 2);
	ck_assert_uint_eq(shares_confirm_ready(), 2);
	ck_assert_uint_eq(shares_balance(ALICE, 0), 0);
	ck_assert_uint_eq(shares_balance(BOB, 0), TOTAL);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 0);
	ck_assert_uint_eq(counts_now().settled, 2);
}
END_TEST

/* Two that were both taken while nobody had paid; a block holds one of them. */
START_TEST(what_is_ready_never_takes_more_than_there_is_D_61)
{
	uint8_t first[BITMARK_TX_ID_SIZE], second[BITMARK_TX_ID_SIZE];
	struct bitmark_unit_result one;

	ck_assert_int_eq(shares_grant(600), BITMARK_OK);
	one = shares_result;
	memcpy(first, shares_result.tx_id[0], sizeof first);
	ck_assert_int_eq(shares_grant(601), BITMARK_OK);
	memcpy(second, shares_result.tx_id[0], sizeof second);
	ck_assert_uint_eq(shares_result.remaining[0], (uint64_t)TOTAL - 1201);
	ck_assert(shares_pay(shares_result.pay_id, &shares_result.payments));
	ck_assert(shares_pay(one.pay_id, &one.payments));
	ck_assert_uint_eq(counts_now().verified, 2);
	ck_assert_uint_eq(shares_count_ready(), 1);
	ck_assert_uint_eq(shares_confirm_ready(), 1);
	ck_assert_int_eq(status_of(first), BITMARK_TX_STATUS_CONFIRMED);
	ck_assert_int_eq(status_of(second), BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(rx.told[BITMARK_TX_DROPPED], 1);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 0);
}
END_TEST

START_TEST(a_swap_takes_from_both)
{
	ck_assert_int_eq(shares_submit(swap_record(10, ALICE, 20, BOB), ALICE,
	    BOB), BITMARK_OK);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 10);
	ck_assert_uint_eq(shares_spend(BOB, 1), 20);
	ck_assert_uint_eq(shares_result.remaining[0], TOTAL - 10);
	ck_assert_uint_eq(shares_result.remaining[1], TOTAL - 20);
	ck_assert(shares_pay(shares_result.pay_id, &shares_result.payments));
	ck_assert_int_eq(shares_submit(swap_record(1, ALICE, TOTAL - 19, BOB),
	    ALICE, BOB), BITMARK_E_SHARES);
	ck_assert_int_eq(shares_submit(swap_record(TOTAL - 9, ALICE, 1, BOB),
	    ALICE, BOB), BITMARK_E_SHARES);
	ck_assert_uint_eq(shares_confirm_ready(), 1);
	ck_assert_uint_eq(shares_balance(BOB, 0), 10);
	ck_assert_uint_eq(shares_balance(ALICE, 1), 20);
}
END_TEST

START_TEST(what_expires_gives_its_shares_free)
{
	ck_assert_int_eq(shares_grant(TOTAL), BITMARK_OK);
	ck_assert_uint_eq(shares_spend(ALICE, 0), TOTAL);
	rx.now_s += rx.rules->pending_life_s;
	ck_assert_int_eq(bitmark_reservoir_expire(rx.r, rx.now_s),
	    BITMARK_OK);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 0);
	ck_assert_uint_eq(counts_now().pending, 0);
	shares_grant_and_pay(TOTAL);
}
END_TEST

/* Paid for or not: a block at that number can hold it no more. */
START_TEST(a_before_block_that_has_come_is_the_end)
{
	struct bitmark_record r = grant_record(0, 1, ALICE, BOB);
	struct bitmark_tip tip;

	bitmark_snapshot_tip(rx.snap, &tip);
	r.grant.before_block = tip.number;
	ck_assert_int_eq(shares_submit(r, ALICE, BOB), BITMARK_E_EXPIRED);
	r.grant.before_block = tip.number + 1;
	ck_assert_int_eq(shares_submit(r, ALICE, BOB), BITMARK_OK);
	if (_i > 0)
		ck_assert(shares_pay(shares_result.pay_id,
		    &shares_result.payments));
	ck_assert_uint_eq(shares_count_ready(), _i > 0);
	reservoir_reopen();
	ck_assert_int_eq(status_of(shares_result.tx_id[0]), _i > 0 ?
	    BITMARK_TX_STATUS_VERIFIED : BITMARK_TX_STATUS_PENDING);
	shares_confirm(shares_block());
	ck_assert_int_eq(status_of(shares_result.tx_id[0]),
	    BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(rx.told[BITMARK_TX_EXPIRED], 1);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 0);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().pending + counts_now().verified, 0);
}
END_TEST

START_TEST(a_grant_of_a_removed_block_waits_again)
{
	shares_grant_and_pay(700);
	ck_assert_uint_eq(shares_confirm_ready(), 1);
	ck_assert_int_eq(shares_grant(301), BITMARK_E_SHARES);
	remove_block();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(status_of(shares_result.tx_id[0]),
		    BITMARK_TX_STATUS_VERIFIED);
		ck_assert_uint_eq(shares_spend(ALICE, 0), 700);
		ck_assert_uint_eq(shares_count_ready(), 1);
		reservoir_reopen();
	}
	ck_assert_uint_eq(shares_confirm_ready(), 1);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 0);
}
END_TEST

/* It came with the block, so that nobody has paid here. */
START_TEST(a_grant_that_was_never_here_comes_back_pending)
{
	struct made_block *b = shares_block();
	struct bitmark_record r = grant_record(0, 700, ALICE, BOB);
	uint8_t id[BITMARK_TX_ID_SIZE];

	memcpy(id, made_record(b, &r, ALICE, BOB), sizeof id);
	shares_confirm(b);
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_CONFIRMED);
	remove_block();
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_PENDING);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 700);
}
END_TEST

/* What BOB gave away he had from ALICE, in the block that went. */
START_TEST(a_grant_goes_with_the_shares_that_it_takes)
{
	shares_grant_and_pay(700);
	ck_assert_uint_eq(shares_confirm_ready(), 1);
	ck_assert_int_eq(shares_submit(grant_record(0, 600, BOB, CAROL), BOB,
	    CAROL), BITMARK_OK);
	remove_block();
	ck_assert_int_eq(bitmark_reservoir_review(rx.r, rx.snap, rx.now_s),
	    BITMARK_OK);
	ck_assert_int_eq(status_of(shares_result.tx_id[0]),
	    BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(shares_spend(BOB, 0), 0);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 700);
}
END_TEST

START_TEST(the_same_grant_is_confirmed_only_once)
{
	ck_assert_int_eq(shares_grant(100), BITMARK_OK);
	ck_assert_int_eq(shares_grant(100), BITMARK_OK);
	ck_assert(shares_result.duplicate);
	ck_assert_uint_eq(shares_result.remaining[0], TOTAL - 100);
	ck_assert(shares_pay(shares_result.pay_id, &shares_result.payments));
	ck_assert_int_eq(shares_grant(100), BITMARK_E_TX_EXISTS);
	ck_assert_uint_eq(shares_confirm_ready(), 1);
	ck_assert_int_eq(shares_grant(100), BITMARK_E_TX_EXISTS);
}
END_TEST

/* An issue that waits with an asset, and a share of the same bitmark as a
 * transfer of it. */
START_TEST(a_share_claims_its_link_and_becomes_a_balance)
{
	struct made_block *b = shares_block();
	const struct bitmark_span text = {
		(const uint8_t *)FINGERPRINT, strlen(FINGERPRINT)
	};
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue = {
			.owner = test_account(ALICE, MADE_NETWORK),
			.nonce = 1,
		},
	};
	struct bitmark_record give = {
		.tag = BITMARK_RECORD_TRANSFER,
		.transfer.owner = test_account(BOB, MADE_NETWORK),
	};

	bitmark_asset_id(text, r.issue.asset_id);
	memcpy(shares_id[0], made_record(b, &r, ALICE, ALICE),
	    sizeof shares_id[0]);
	shares_confirm(b);
	ck_assert_int_eq(shares_submit(share_record(shares_id[0], 5), ALICE,
	    ALICE), BITMARK_OK);
	memcpy(give.transfer.link, shares_id[0], sizeof shares_id[0]);
	ck_assert_int_eq(shares_submit(give, ALICE, ALICE),
	    BITMARK_E_DOUBLE_TRANSFER);
	ck_assert_int_eq(shares_submit(share_record(shares_id[0], 6), ALICE,
	    ALICE), BITMARK_E_DOUBLE_TRANSFER);
	ck_assert_int_eq(shares_grant(1), BITMARK_E_SHARES);
	ck_assert_int_eq(shares_submit(share_record(shares_id[0], 5), ALICE,
	    ALICE), BITMARK_OK);
	ck_assert(shares_result.duplicate);
	ck_assert(shares_pay(shares_result.pay_id, &shares_result.payments));
	ck_assert_uint_eq(shares_confirm_ready(), 1);
	ck_assert_uint_eq(shares_balance(ALICE, 0), 5);
	ck_assert_int_eq(shares_grant(5), BITMARK_OK);
	remove_block();
	ck_assert_int_eq(status_of(shares_result.tx_id[0]),
	    BITMARK_TX_STATUS_PENDING);
}
END_TEST

START_TEST(a_share_that_is_no_bitmark_is_refused)
{
	uint8_t foundation[BITMARK_TX_ID_SIZE], id[BITMARK_TX_ID_SIZE];
	struct made_block *b = shares_block();

	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, foundation), BITMARK_OK);
	free(b);
	/* A block may hold a transfer of a block as if it were a bitmark. */
	b = shares_block();
	memcpy(id, made_transfer(b, foundation, MINER, ALICE), sizeof id);
	ck_assert_int_eq(made_offer(b, rx.chain, NULL), BITMARK_OK);
	free(b);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
	ck_assert_int_eq(shares_submit(share_record(foundation, 5), MINER,
	    MINER), BITMARK_E_LINK_UNCONFIRMED);
	ck_assert_int_eq(shares_submit(share_record(id, 5), ALICE, ALICE),
	    BITMARK_E_NOT_CONVERTIBLE);
}
END_TEST

START_TEST(records_of_shares_are_none_under_8_2)
{
	struct bitmark_record r = grant_record(0, 1, ALICE, BOB);

	shares_grant_and_pay(1);
	rx.rules = bitmark_rules_8_2();
	reservoir_reopen();
	/* Its row is left out. */
	ck_assert_uint_eq(counts_now().verified, 0);
	ck_assert_int_eq(shares_submit(r, ALICE, BOB), BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(shares_submit(share_record(shares_id[0], 1), ALICE,
	    ALICE), BITMARK_E_NOT_RECORD);
	ck_assert_int_eq(shares_submit(swap_record(1, ALICE, 1, BOB), ALICE,
	    BOB), BITMARK_E_NOT_RECORD);
}
END_TEST

/* The backup has them with the transfers. */
START_TEST(a_backup_holds_grants)
{
	struct store_bytes bytes = { 0 };
	struct bitmark_import counts = { .struct_size = sizeof counts };

	ck_assert_int_eq(shares_grant(5), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_export(rx.r, store_write, &bytes),
	    BITMARK_OK);
	reservoir_restart();
	ck_assert_uint_eq(shares_spend(ALICE, 0), 0);
	ck_assert_int_eq(bitmark_reservoir_import(rx.r, rx.snap, rx.now_s,
	    bytes.data, bytes.size, &counts), BITMARK_OK);
	ck_assert_uint_eq(counts.accepted, 1);
	ck_assert_uint_eq(shares_spend(ALICE, 0), 5);
	free(bytes.data);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir shares");
	TCase *t = tcase_create("shares");

	tcase_add_checked_fixture(t, shares_setup, reservoir_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_is_paid_for_is_subtracted_from_the_balance);
	tcase_add_test(t, what_is_ready_never_takes_more_than_there_is_D_61);
	tcase_add_test(t, a_swap_takes_from_both);
	tcase_add_test(t, what_expires_gives_its_shares_free);
	tcase_add_loop_test(t, a_before_block_that_has_come_is_the_end, 0, 2);
	tcase_add_test(t, a_grant_of_a_removed_block_waits_again);
	tcase_add_test(t, a_grant_that_was_never_here_comes_back_pending);
	tcase_add_test(t, a_grant_goes_with_the_shares_that_it_takes);
	tcase_add_test(t, the_same_grant_is_confirmed_only_once);
	tcase_add_test(t, a_share_claims_its_link_and_becomes_a_balance);
	tcase_add_test(t, a_share_that_is_no_bitmark_is_refused);
	tcase_add_test(t, records_of_shares_are_none_under_8_2);
	tcase_add_test(t, a_backup_holds_grants);
	suite_add_tcase(s, t);
	return run_suite(s);
}
