/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* How long transactions, payments and assets stay in a reservoir, and its
 * bounds. */
#include "../support/reservoirs.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_S 3600
/* Longer than anything that expires. */
#define LONG_S (1000 * HOUR_S)
/* v8.2 forgets an asset after this at the earliest. */
#define ASSET_LEAST_S (73 * HOUR_S)

static void
expire_at(uint64_t after_s)
{
	rx.now_s = RESERVOIR_START + after_s;
	ck_assert_int_eq(bitmark_reservoir_expire(rx.r, rx.now_s),
	    BITMARK_OK);
}

static bitmark_status
transfer(unsigned scenario, size_t i)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	return submit_transfer(reservoir_operation(scenario, i), &r);
}

static bitmark_status
issues(unsigned scenario, size_t i)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	return submit_issues(reservoir_operation(scenario, i), &r);
}

static bitmark_status
asset(unsigned scenario, size_t i, bool *fresh)
{
	struct bitmark_asset_result r = { .struct_size = sizeof r };
	bitmark_status status = submit_asset(reservoir_operation(scenario, i),
	    &r);

	*fresh = r.fresh;
	return status;
}

START_TEST(pending_transaction_expires_72_hours_after_it_came)
{
	ck_assert_int_eq(transfer(4, 0), BITMARK_OK);
	expire_at(RESERVOIR_LIFE_S - 1);
	ck_assert_uint_eq(counts_now().pending, 1);
	expire_at(RESERVOIR_LIFE_S);
	ck_assert_uint_eq(counts_now().pending, 0);
	ck_assert_uint_eq(counts_now().expired, 1);
	ck_assert_uint_eq(rx.told[BITMARK_TX_EXPIRED], 1);
}
END_TEST

START_TEST(repeating_a_transaction_does_not_extend_its_life)
{
	ck_assert_int_eq(transfer(4, 0), BITMARK_OK);
	rx.now_s += 10 * HOUR_S;
	ck_assert_int_eq(transfer(4, 2), BITMARK_OK);
	expire_at(RESERVOIR_LIFE_S);
	ck_assert_uint_eq(counts_now().pending, 0);
}
END_TEST

/* The first answer may have been lost. */
START_TEST(known_issues_are_answered_in_full_also_after_a_restart)
{
	struct bitmark_unit_result first = { .struct_size = sizeof first };
	struct bitmark_unit_result again = { .struct_size = sizeof again };

	ck_assert_int_eq(submit_issues(reservoir_operation(2, 16), &first),
	    BITMARK_OK);
	ck_assert_uint_gt(first.payments.count, 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(submit_issues(reservoir_operation(2, 16),
		    &again), BITMARK_OK);
		ck_assert(again.duplicate);
		ck_assert_mem_eq(again.pay_id, first.pay_id,
		    sizeof first.pay_id);
		ck_assert_uint_eq(again.pay_nonce, first.pay_nonce);
		ck_assert_uint_eq(again.bits, first.bits);
		ck_assert_uint_eq(again.payments.count,
		    first.payments.count);
		for (size_t k = 0; k < first.payments.count; k++)
			ck_assert_str_eq(
			    again.payments.alternative[k].segment[0].address,
			    first.payments.alternative[k].segment[0].address);
		reservoir_reopen();
	}
}
END_TEST

START_TEST(expired_transaction_is_taken_again_as_new)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	ck_assert_int_eq(transfer(4, 0), BITMARK_OK);
	expire_at(RESERVOIR_LIFE_S);
	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 0), &r),
	    BITMARK_OK);
	ck_assert(!r.duplicate);
}
END_TEST

/* The journal holds no transaction that has expired, so a restart cannot bring
 * one back. */
START_TEST(an_expired_transaction_stays_gone_after_a_restart)
{
	submit_operations(6, 0, 0);
	submit_operations(6, 7, 9);
	submit_operations(5, 44, 44);
	ck_assert_uint_eq(rx.journal.committed.count, 5);
	expire_at(LONG_S);
	ck_assert_uint_eq(rx.journal.committed.count, 0);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().pending, 0);
	ck_assert_uint_eq(counts_now().assets, 0);
	ck_assert_uint_eq(counts_now().orphans, 0);
}
END_TEST

START_TEST(original_time_survives_a_restart)
{
	ck_assert_int_eq(transfer(4, 0), BITMARK_OK);
	rx.now_s += 71 * HOUR_S;
	reservoir_reopen();
	expire_at(RESERVOIR_LIFE_S - 1);
	ck_assert_uint_eq(counts_now().pending, 1);
	expire_at(RESERVOIR_LIFE_S);
	ck_assert_uint_eq(counts_now().pending, 0);
}
END_TEST

START_TEST(verified_transaction_never_expires)
{
	submit_operations(6, 3, 4);
	expire_at(LONG_S);
	ck_assert_uint_eq(counts_now().verified, 1);
}
END_TEST

START_TEST(claim_on_link_lives_as_long_as_the_pending_transfer_D_08)
{
	ck_assert_int_eq(transfer(4, 0), BITMARK_OK);
	expire_at(RESERVOIR_LIFE_S - 1);
	ck_assert_int_eq(transfer(4, 3), BITMARK_E_DOUBLE_TRANSFER);
	expire_at(RESERVOIR_LIFE_S);
	ck_assert_int_eq(transfer(4, 3), BITMARK_OK);
}
END_TEST

START_TEST(claim_on_link_outlives_72_hours_once_verified_D_08)
{
	/* Verified at once by an orphan payment; v8.2 sets no claim then. */
	submit_operations(5, 43, 46);
	ck_assert_uint_eq(counts_now().verified, 1);
	expire_at(LONG_S);
	ck_assert_int_eq(transfer(5, 49), BITMARK_E_DOUBLE_TRANSFER);
	reservoir_reopen();
	ck_assert_int_eq(transfer(5, 49), BITMARK_E_DOUBLE_TRANSFER);
}
END_TEST

START_TEST(asset_announced_once_lives_146_hours)
{
	bool fresh;

	ck_assert_int_eq(asset(6, 8, &fresh), BITMARK_OK);
	expire_at(2 * ASSET_LEAST_S - 1);
	ck_assert_uint_eq(counts_now().assets, 1);
	expire_at(2 * ASSET_LEAST_S);
	ck_assert_uint_eq(counts_now().assets, 0);
	ck_assert_uint_eq(counts_now().asset_bytes, 0);
}
END_TEST

START_TEST(repeated_asset_lives_on_from_the_last_announcement_D_26)
{
	bool fresh;

	ck_assert_int_eq(asset(6, 8, &fresh), BITMARK_OK);
	for (int i = 1; i <= 100; i++) {
		rx.now_s = RESERVOIR_START + (uint64_t)i * HOUR_S;
		ck_assert_int_eq(asset(6, 8, &fresh), BITMARK_OK);
		ck_assert(!fresh);
	}
	reservoir_reopen();
	expire_at(100 * HOUR_S + RESERVOIR_ASSET_LIFE_S - 1);
	ck_assert_uint_eq(counts_now().assets, 1);
	expire_at(100 * HOUR_S + RESERVOIR_ASSET_LIFE_S);
	ck_assert_uint_eq(counts_now().assets, 0);
}
END_TEST

START_TEST(asset_stays_while_a_verified_issue_needs_it_D_27)
{
	submit_operations(6, 7, 7);
	submit_operations(6, 10, 11);
	ck_assert_uint_eq(counts_now().verified, 2);
	expire_at(LONG_S);
	ck_assert_uint_eq(counts_now().assets, 1);
	reservoir_reopen();
	expire_at(2 * LONG_S);
	ck_assert_uint_eq(counts_now().assets, 1);
}
END_TEST

START_TEST(asset_goes_in_its_time_after_its_issues_are_gone)
{
	submit_operations(6, 8, 8);
	submit_operations(6, 12, 12);
	expire_at(RESERVOIR_LIFE_S);
	ck_assert_uint_eq(counts_now().pending, 0);
	ck_assert_uint_eq(counts_now().assets, 1);
	expire_at(RESERVOIR_ASSET_LIFE_S);
	ck_assert_uint_eq(counts_now().assets, 0);
}
END_TEST

START_TEST(S_22_orphan_payment_waits_72_hours_for_its_unit)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	submit_operations(5, 44, 44);
	expire_at(RESERVOIR_LIFE_S - 1);
	ck_assert_uint_eq(counts_now().orphans, 1);
	expire_at(RESERVOIR_LIFE_S);
	ck_assert_uint_eq(counts_now().orphans, 0);
	ck_assert_int_eq(submit_transfer(reservoir_operation(5, 46), &r),
	    BITMARK_OK);
	ck_assert(!r.verified);
}
END_TEST

START_TEST(orphan_payment_is_used_up_by_its_unit)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	submit_operations(5, 44, 44);
	ck_assert_int_eq(submit_transfer(reservoir_operation(5, 46), &r),
	    BITMARK_OK);
	ck_assert(r.verified);
	ck_assert_uint_eq(counts_now().orphans, 0);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().orphans, 0);
}
END_TEST

/*
 * Bounds.
 */

START_TEST(transactions_are_refused_and_counted_above_the_bound_D_25)
{
	rx.limits.transactions = 3;
	reservoir_restart();
	submit_operations(6, 7, 7);
	ck_assert_int_eq(issues(6, 10), BITMARK_OK);    /* two */
	ck_assert_int_eq(transfer(4, 0), BITMARK_OK);
	ck_assert_int_eq(transfer(4, 9), BITMARK_E_BUSY);
	ck_assert_uint_eq(counts_now().refused, 1);
	ck_assert_uint_eq(counts_now().pending, 3);
	expire_at(RESERVOIR_LIFE_S);
	ck_assert_int_eq(transfer(4, 9), BITMARK_OK);
}
END_TEST

START_TEST(bytes_are_bounded_D_25)
{
	struct bitmark_unit_result r = { .struct_size = sizeof r };

	ck_assert_int_eq(submit_transfer(reservoir_operation(4, 0), &r),
	    BITMARK_OK);
	rx.limits.bytes = r.relay.size;
	reservoir_restart();
	ck_assert_int_eq(transfer(4, 0), BITMARK_OK);
	ck_assert_int_eq(transfer(4, 9), BITMARK_E_BUSY);
	ck_assert_uint_eq(counts_now().bytes, rx.limits.bytes);
}
END_TEST

START_TEST(settled_transactions_make_room)
{
	submit_operations(6, 0, 28);
	rx.limits.transactions = counts_now().pending +
	    counts_now().verified + counts_now().settled;
	ck_assert_uint_gt(counts_now().settled, 0);
	reservoir_reopen();
	ck_assert_int_eq(transfer(6, 52), BITMARK_OK);
	ck_assert_uint_gt(counts_now().evicted, 0);
	ck_assert_uint_eq(counts_now().refused, 0);
}
END_TEST

START_TEST(full_asset_cache_drops_the_one_nearest_to_its_end)
{
	bool fresh;

	rx.limits.assets = 2;
	reservoir_restart();
	ck_assert_int_eq(asset(6, 7, &fresh), BITMARK_OK);
	rx.now_s++;
	ck_assert_int_eq(asset(6, 8, &fresh), BITMARK_OK);
	rx.now_s++;
	ck_assert_int_eq(asset(1, 0, &fresh), BITMARK_OK);
	ck_assert_uint_eq(counts_now().assets, 2);
	ck_assert_uint_eq(counts_now().evicted, 1);
	ck_assert_int_eq(asset(6, 8, &fresh), BITMARK_OK);
	ck_assert(!fresh);
	ck_assert_int_eq(asset(6, 7, &fresh), BITMARK_OK);
	ck_assert(fresh);
}
END_TEST

START_TEST(full_cache_of_needed_assets_refuses_new_ones)
{
	bool fresh;

	rx.limits.assets = 1;
	reservoir_restart();
	ck_assert_int_eq(asset(6, 7, &fresh), BITMARK_OK);
	ck_assert_int_eq(issues(6, 10), BITMARK_OK);
	ck_assert_int_eq(asset(6, 8, &fresh), BITMARK_E_BUSY);
	ck_assert_uint_eq(counts_now().refused, 1);
	ck_assert_uint_eq(counts_now().assets, 1);
}
END_TEST

START_TEST(asset_bytes_are_bounded)
{
	bool fresh;

	ck_assert_int_eq(asset(6, 7, &fresh), BITMARK_OK);
	rx.limits.asset_bytes = counts_now().asset_bytes - 1;
	reservoir_restart();
	ck_assert_int_eq(asset(6, 7, &fresh), BITMARK_E_BUSY);
	ck_assert_uint_eq(counts_now().assets, 0);
}
END_TEST

START_TEST(S_22_oldest_orphan_payment_makes_room_D_25)
{
	rx.limits.orphans = 2;
	reservoir_restart();
	submit_operations(5, 44, 44);
	rx.now_s++;
	submit_operations(5, 52, 52);
	rx.now_s++;
	submit_operations(5, 66, 66);
	ck_assert_uint_eq(counts_now().orphans, 2);
	ck_assert_uint_eq(counts_now().evicted, 1);
	reservoir_reopen();
	ck_assert_uint_eq(counts_now().orphans, 2);
}
END_TEST

START_TEST(payment_to_too_many_addresses_is_refused)
{
	static struct bitmark_payment output[BITMARK_PAID_MAX + 1];
	struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		.currency = BITMARK_CURRENCY_BITCOIN,
		.output = output,
		.count = BITMARK_PAID_MAX,
	};
	const uint8_t pay_id[BITMARK_PAY_ID_SIZE] = { 1 };

	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s, pay_id,
	    &paid, NULL), BITMARK_OK);
	paid.count++;
	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s, pay_id,
	    &paid, NULL), BITMARK_E_COUNT);
	paid.currency = BITMARK_CURRENCY_NOTHING;
	paid.count = 0;
	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s, pay_id,
	    &paid, NULL), BITMARK_E_CURRENCY);
}
END_TEST

START_TEST(nonce_must_have_8_to_64_bytes)
{
	const uint8_t pay_id[BITMARK_PAY_ID_SIZE] = { 1 }, nonce[65] = { 0 };
	enum bitmark_proof_result result;
	bool good = _i >= 8 && _i <= 64;

	ck_assert_int_eq(bitmark_reservoir_proof(rx.r, rx.snap, pay_id, nonce,
	    (size_t)_i, &result), good ? BITMARK_OK : BITMARK_E_NONCE);
	if (good)
		ck_assert_int_eq(result, BITMARK_PROOF_NOT_FOUND);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir life");
	TCase *t = tcase_create("time");

	vectors_keep("chain-a.json");
	vectors_keep("reservoir.json");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t,
	    pending_transaction_expires_72_hours_after_it_came);
	tcase_add_test(t, repeating_a_transaction_does_not_extend_its_life);
	tcase_add_test(t,
	    known_issues_are_answered_in_full_also_after_a_restart);
	tcase_add_test(t, expired_transaction_is_taken_again_as_new);
	tcase_add_test(t, an_expired_transaction_stays_gone_after_a_restart);
	tcase_add_test(t, original_time_survives_a_restart);
	tcase_add_test(t, verified_transaction_never_expires);
	tcase_add_test(t,
	    claim_on_link_lives_as_long_as_the_pending_transfer_D_08);
	tcase_add_test(t, claim_on_link_outlives_72_hours_once_verified_D_08);
	tcase_add_test(t, asset_announced_once_lives_146_hours);
	tcase_add_test(t,
	    repeated_asset_lives_on_from_the_last_announcement_D_26);
	tcase_add_test(t, asset_stays_while_a_verified_issue_needs_it_D_27);
	tcase_add_test(t, asset_goes_in_its_time_after_its_issues_are_gone);
	tcase_add_test(t, S_22_orphan_payment_waits_72_hours_for_its_unit);
	tcase_add_test(t, orphan_payment_is_used_up_by_its_unit);
	suite_add_tcase(s, t);

	t = tcase_create("bounds");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t,
	    transactions_are_refused_and_counted_above_the_bound_D_25);
	tcase_add_test(t, bytes_are_bounded_D_25);
	tcase_add_test(t, settled_transactions_make_room);
	tcase_add_test(t,
	    full_asset_cache_drops_the_one_nearest_to_its_end);
	tcase_add_test(t, full_cache_of_needed_assets_refuses_new_ones);
	tcase_add_test(t, asset_bytes_are_bounded);
	tcase_add_test(t, S_22_oldest_orphan_payment_makes_room_D_25);
	tcase_add_test(t, payment_to_too_many_addresses_is_refused);
	tcase_add_loop_test(t, nonce_must_have_8_to_64_bytes, 7, 10);
	tcase_add_loop_test(t, nonce_must_have_8_to_64_bytes, 63, 66);
	suite_add_tcase(s, t);
	return run_suite(s);
}
