/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Blocks made for what the golden ones do not reach: branches that come and
 * go, with assets, and with transfers of blocks. */
#include "../support/made_blocks.h"
#include "../support/reservoirs.h"

#include <stdlib.h>
#include <string.h>

/* Parties. */
enum { MINER = 1, ALICE, BOB, CAROL };

/* Fingerprints of the asset that is issued here, and of another one. */
#define FINGERPRINT "what is issued"
#define OTHER "something else"

/* A valid one for both currencies, see made_blocks.c. */
#define ADDRESS "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj"

static struct bitmark_unit_result result = { .struct_size = sizeof result };

static const uint8_t *
issue_of(struct made_block *b, uint8_t owner, const char *fingerprint,
    uint64_t nonce)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue = {
			.owner = test_account(owner, MADE_NETWORK),
			.nonce = nonce,
		},
	};
	const struct bitmark_span text = {
		(const uint8_t *)fingerprint, strlen(fingerprint)
	};

	bitmark_asset_id(text, r.issue.asset_id);
	return made_record(b, &r, owner, owner);
}

static const uint8_t *
issue(struct made_block *b, uint8_t owner, uint64_t nonce)
{
	return issue_of(b, owner, FINGERPRINT, nonce);
}

/* The next block of the chain; FOUNDATION may be NULL. */
static void
confirm_unheard(struct made_block *b, uint8_t *foundation)
{
	bitmark_snapshot_release(rx.snap);
	ck_assert_int_eq(made_offer(b, rx.chain, foundation), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_renew(rx.snap), BITMARK_OK);
}

static void
confirm(struct made_block *b, uint8_t *foundation)
{
	confirm_unheard(b, foundation);
	ck_assert_int_eq(bitmark_reservoir_block_added(rx.r, rx.now_s,
	    b->data, b->size), BITMARK_OK);
}

/* Submissions take the records of a block that is never finished. */

static struct bitmark_span
records(const struct made_block *b)
{
	return (struct bitmark_span){ b->data + BITMARK_HEADER_SIZE,
		b->size - BITMARK_HEADER_SIZE };
}

static bitmark_status
submit_bundle(struct made_block *b)
{
	const struct bitmark_span data = records(b);
	bitmark_status status = bitmark_reservoir_issues(rx.r, rx.snap,
	    rx.now_s, data.data, data.size, &result);

	free(b);
	return status;
}

static bitmark_status
submit_issue(uint8_t owner, uint64_t nonce)
{
	struct made_block *b = made_block(2);

	issue(b, owner, nonce);
	return submit_bundle(b);
}

static bitmark_status
submit_one_transfer(struct made_block *b)
{
	const struct bitmark_span data = records(b);
	bitmark_status status = bitmark_reservoir_transfer(rx.r, rx.snap,
	    rx.now_s, data.data, data.size, &result);

	free(b);
	return status;
}

static bitmark_status
submit_owner_transfer(const uint8_t *link, uint8_t from, uint8_t to)
{
	struct made_block *b = made_block(2);

	made_owner_transfer(b, link, from, to, ADDRESS);
	return submit_one_transfer(b);
}

static struct bitmark_asset_result
submit_asset_of(const char *fingerprint)
{
	struct made_block *b = made_block(2);
	struct bitmark_asset_result asset = { .struct_size = sizeof asset };
	struct bitmark_span data;

	made_asset(b, ALICE, fingerprint);
	data = records(b);
	ck_assert_int_eq(bitmark_reservoir_asset(rx.r, rx.snap, rx.now_s,
	    data.data, data.size, &asset), BITMARK_OK);
	free(b);
	return asset;
}

static struct bitmark_asset_result
submit_the_asset(void)
{
	return submit_asset_of(FINGERPRINT);
}

static void
confirm_the_asset(void)
{
	struct made_block *b = made_block(2);

	made_foundation(b, MINER);
	made_asset(b, ALICE, FINGERPRINT);
	confirm(b, NULL);
	free(b);
}

static void
pay_all(void)
{
	const struct bitmark_alternative *a = &result.payments.alternative[0];
	const struct bitmark_paid paid = {
		.struct_size = sizeof paid,
		a->segment[0].currency, a->segment, a->count
	};
	bool verified;

	ck_assert_int_eq(bitmark_reservoir_payment(rx.r, rx.now_s,
	    result.pay_id, &paid, &verified), BITMARK_OK);
	ck_assert(verified);
}

/*
 * Assets.
 */

/* The asset was confirmed when its issue came, so that it was not cached. */
START_TEST(asset_of_a_removed_block_serves_its_issues_after_a_restart)
{
	uint8_t id[BITMARK_TX_ID_SIZE];

	confirm_the_asset();
	ck_assert_int_eq(submit_issue(ALICE, 1), BITMARK_OK);
	memcpy(id, result.tx_id[0], sizeof id);
	reservoir_reopen();
	remove_block();
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_PENDING);
	ck_assert_int_eq(submit_issue(ALICE, 2), BITMARK_OK);
	ck_assert_uint_eq(counts_now().assets, 1);
	reservoir_reopen();
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_PENDING);
}
END_TEST

/* A block may hold an issue without its asset. */
START_TEST(asset_of_confirmed_issues_is_not_in_the_backup)
{
	struct made_block *b = made_block(2);
	struct store_bytes bytes = { 0 };

	submit_the_asset();
	ck_assert_int_eq(submit_issue(ALICE, 1), BITMARK_OK);
	made_foundation(b, MINER);
	issue(b, ALICE, 1);
	confirm(b, NULL);
	free(b);
	ck_assert_int_eq(bitmark_reservoir_export(rx.r, store_write, &bytes),
	    BITMARK_OK);
	ck_assert_uint_eq(bytes.size, 0);
	free(bytes.data);
	/* It is there, nevertheless. */
	ck_assert(submit_the_asset().cached);
}
END_TEST

/*
 * Bundles.
 */

/* v8.2 takes it [D-43], and so finds whatever else is wrong. */
START_TEST(a_repeated_issue_is_the_last_fault_of_a_bundle_to_be_told)
{
	struct made_block *b = made_block(2);

	confirm_the_asset();
	issue(b, ALICE, 1);
	issue(b, ALICE, 1);
	issue(b, ALICE, 2);
	if (_i == 0)
		b->data[b->size - 1] ^= 1;
	else if (_i == 1)
		made_issue(b, ALICE, 3);        /* of no asset */
	ck_assert_int_eq(submit_bundle(b), _i == 0 ? BITMARK_E_SIGNATURE :
	    _i == 1 ? BITMARK_E_ASSET_NOT_FOUND : BITMARK_E_TX_EXISTS);
	ck_assert_uint_eq(counts_now().pending, 0);
}
END_TEST

/*
 * Branches.
 */

/* Blocks of version 1 may confirm a thing again. */
START_TEST(a_transaction_in_another_block_does_not_come_back)
{
	struct made_block *b = made_block(2), *again = made_block(1);
	struct bitmark_tip tip, after;
	uint8_t id[BITMARK_TX_ID_SIZE];

	submit_the_asset();
	ck_assert_int_eq(submit_issue(ALICE, 1), BITMARK_OK);
	memcpy(id, result.tx_id[0], sizeof id);
	made_foundation(b, MINER);
	made_asset(b, ALICE, FINGERPRINT);
	issue(b, ALICE, 1);
	confirm(b, NULL);
	made_base(again, MINER);
	made_asset(again, ALICE, FINGERPRINT);
	issue(again, ALICE, 1);
	bitmark_snapshot_tip(rx.snap, &tip);
	made_finish(again, &tip, &after);
	ck_assert_int_eq(bitmark_reservoir_block_removed(rx.r, rx.snap,
	    rx.now_s, again->data, again->size), BITMARK_OK);
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_CONFIRMED);
	ck_assert_uint_eq(counts_now().pending, 0);
	ck_assert(!submit_the_asset().cached);
	free(b);
	free(again);
}
END_TEST

/* A transfer that waits for what a removed block held, when the new branch
 * has that, and gives it to somebody else, and nobody said so. */
START_TEST(transfer_that_lost_in_blocks_not_heard_of_does_not_wait)
{
	struct made_block *of_issue = made_block(2), *spent = made_block(2);
	uint8_t item[BITMARK_TX_ID_SIZE], id[BITMARK_TX_ID_SIZE];
	struct made_block *b = made_block(2);

	confirm_the_asset();
	made_foundation(of_issue, MINER);
	memcpy(item, issue(of_issue, ALICE, 1), sizeof item);
	confirm(of_issue, NULL);
	made_transfer(b, item, ALICE, BOB);
	ck_assert_int_eq(submit_one_transfer(b), BITMARK_OK);
	memcpy(id, result.tx_id[0], sizeof id);
	pay_all();
	rx.now_s++;             /* the issue is younger here */
	remove_block();
	ck_assert_int_eq(status_of(item), BITMARK_TX_STATUS_PENDING);
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_VERIFIED);

	confirm_unheard(of_issue, NULL);
	made_foundation(spent, MINER);
	made_transfer(spent, item, ALICE, CAROL);
	confirm_unheard(spent, NULL);
	reservoir_reopen();
	ck_assert_int_eq(status_of(item), BITMARK_TX_STATUS_CONFIRMED);
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(counts_now().verified, 0);
	free(of_issue);
	free(spent);
}
END_TEST

/* Two blocks with one commit. */
static void
remove_two_blocks(void)
{
	const struct bitmark_span newer = copy_newest_block();
	struct bitmark_span older;

	remove_block_unheard();
	older = copy_newest_block();
	remove_block_unheard();
	ck_assert_int_eq(bitmark_reservoir_block_removed(rx.r, rx.snap,
	    rx.now_s, older.data, older.size), BITMARK_OK);
	ck_assert_int_eq(bitmark_reservoir_block_removed(rx.r, rx.snap,
	    rx.now_s, newer.data, newer.size), BITMARK_OK);
	free((void *)(uintptr_t)newer.data);
	free((void *)(uintptr_t)older.data);
}

/* One issue and its asset are in the older block, the asset of the other one in
 * the newer, of which the reservoir is told last. */
START_TEST(bundle_comes_back_before_an_asset_of_it)
{
	struct made_block *bundle = made_block(2), *b = made_block(2);

	submit_the_asset();
	(void)submit_asset_of(OTHER);
	issue(bundle, ALICE, 1);
	issue_of(bundle, ALICE, OTHER, 1);
	ck_assert_int_eq(submit_bundle(bundle), BITMARK_OK);
	made_foundation(b, MINER);
	made_asset(b, ALICE, FINGERPRINT);
	issue(b, ALICE, 1);
	confirm(b, NULL);
	free(b);
	b = made_block(2);
	made_foundation(b, MINER);
	made_asset(b, ALICE, OTHER);
	confirm(b, NULL);
	free(b);
	remove_two_blocks();
	for (size_t i = 0; i < result.count; i++)
		ck_assert_int_eq(status_of(result.tx_id[i]),
		    BITMARK_TX_STATUS_PENDING);
	ck_assert(submit_asset_of(OTHER).cached);
}
END_TEST

/* A block of ALICE; its foundation id. */
static void
confirm_block_of_alice(uint8_t foundation[BITMARK_TX_ID_SIZE])
{
	struct made_block *b = made_block(2);

	made_foundation(b, ALICE);
	made_asset(b, ALICE, FINGERPRINT);
	confirm(b, foundation);
	free(b);
}

/* Its transfer to BOB, in a block, after another when that is wanted; known
 * here before, or not; the id. */
static void
confirm_owner_transfer(const uint8_t *foundation, bool known, bool after,
    uint8_t id[BITMARK_TX_ID_SIZE])
{
	struct made_block *b;

	if (known)
		ck_assert_int_eq(submit_owner_transfer(foundation, ALICE,
		    BOB), BITMARK_OK);
	if (after) {
		b = made_block(2);
		made_foundation(b, MINER);
		issue(b, ALICE, 1);
		confirm(b, NULL);
		free(b);
	}
	b = made_block(2);
	made_foundation(b, MINER);
	memcpy(id, made_owner_transfer(b, foundation, ALICE, BOB, ADDRESS),
	    BITMARK_TX_ID_SIZE);
	confirm(b, NULL);
	free(b);
}

START_TEST(owner_transfer_waits_for_the_one_that_a_removed_block_held)
{
	const bool known = _i > 0, two = _i > 1;
	uint8_t foundation[BITMARK_TX_ID_SIZE];
	uint8_t first[BITMARK_TX_ID_SIZE], second[BITMARK_TX_ID_SIZE];

	confirm_block_of_alice(foundation);
	confirm_owner_transfer(foundation, known, two, first);
	ck_assert_int_eq(submit_owner_transfer(first, BOB, CAROL),
	    BITMARK_OK);
	memcpy(second, result.tx_id[0], sizeof second);
	if (two)
		remove_two_blocks();
	else
		remove_block();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(status_of(first), BITMARK_TX_STATUS_PENDING);
		ck_assert_int_eq(status_of(second),
		    BITMARK_TX_STATUS_PENDING);
		reservoir_reopen();
	}
}
END_TEST

START_TEST(owner_transfer_goes_with_its_block)
{
	uint8_t foundation[BITMARK_TX_ID_SIZE], id[BITMARK_TX_ID_SIZE];

	confirm_block_of_alice(foundation);
	ck_assert_int_eq(submit_owner_transfer(foundation, ALICE, BOB),
	    BITMARK_OK);
	memcpy(id, result.tx_id[0], sizeof id);
	remove_block();
	ck_assert_int_eq(status_of(id), BITMARK_TX_STATUS_UNKNOWN);
	ck_assert_uint_eq(rx.told[BITMARK_TX_DROPPED], 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reservoir made");
	TCase *t = tcase_create("made");

	vectors_keep("chain-a.json");
	tcase_add_checked_fixture(t, reservoir_setup, reservoir_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t,
	    asset_of_a_removed_block_serves_its_issues_after_a_restart);
	tcase_add_test(t, asset_of_confirmed_issues_is_not_in_the_backup);
	tcase_add_loop_test(t,
	    a_repeated_issue_is_the_last_fault_of_a_bundle_to_be_told, 0, 3);
	tcase_add_test(t, a_transaction_in_another_block_does_not_come_back);
	tcase_add_test(t,
	    transfer_that_lost_in_blocks_not_heard_of_does_not_wait);
	tcase_add_test(t, bundle_comes_back_before_an_asset_of_it);
	tcase_add_loop_test(t,
	    owner_transfer_waits_for_the_one_that_a_removed_block_held, 0, 3);
	tcase_add_test(t, owner_transfer_goes_with_its_block);
	suite_add_tcase(s, t);
	return run_suite(s);
}
