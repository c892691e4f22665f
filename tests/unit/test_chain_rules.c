/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Rules between records, with blocks made for the purpose. */
#include <bitmarkpeer/chain.h>

#include "chain/chain.h"
#include "../support/chains.h"
#include "../support/made_blocks.h"
#include "../support/vectors.h"

#include <stdlib.h>
#include <string.h>

/* Parties. */
enum { MINER = 1, ALICE, BOB, CAROL };

/* Addresses of the new owners of blocks; from tests/data/chain-a.json. */
#define ADDRESS_BOB "mwzo1t4cxuKnnMm6a4tDbD3yXR8Qgnsx3g"
#define ADDRESS_CAROL "2MvkqZunBX7GvgdNNhqefdFzvR5sWFdFAiG"

static char *directory;
static struct bitmark_chain *chain;
static struct made_block *block;

static void
setup(void)
{
	directory = store_directory();
	chain = store_open(directory);
	block = NULL;
}

static void
teardown(void)
{
	free(block);
	bitmark_chain_close(chain);
	store_remove(directory);
}

/* A new version 2 block of the miner, and a record that it needs. */
static void
start_block(void)
{
	static uint64_t nonce = 1000;

	free(block);
	block = made_block(2);
	made_foundation(block, MINER);
	made_issue(block, MINER, nonce++);
}

/* Signed by another than its owner. */
static void
add_forged_issue(uint8_t owner, uint64_t nonce)
{
	struct bitmark_record r = {
		.tag = BITMARK_RECORD_ISSUE,
		.issue = {
			.owner = test_account(owner, MADE_NETWORK),
			.nonce = nonce,
		},
	};

	made_record(block, &r, owner == ALICE ? BOB : ALICE, owner);
}

/* The issue of ALICE in a block of its own. */
static void
confirm_issue(uint8_t id[BITMARK_TX_ID_SIZE])
{
	start_block();
	memcpy(id, made_issue(block, ALICE, 1), BITMARK_TX_ID_SIZE);
	ck_assert_int_eq(made_offer(block, chain, NULL), BITMARK_OK);
}

/* Offer the block; then delete it: nothing may be left of it.  Offer it again.
 * Returns the outcome. */
static bitmark_status
offer_twice(uint8_t *foundation)
{
	uint8_t before[BITMARK_DIGEST_SIZE], after[BITMARK_DIGEST_SIZE];
	struct bitmark_tip tip;
	bitmark_status status;

	bitmark_chain_tip(chain, &tip);
	store_hash(chain, before);
	status = made_offer(block, chain, foundation);
	ck_assert_int_eq(bitmark_chain_delete_down(chain, tip.number + 1),
	    BITMARK_OK);
	store_hash(chain, after);
	ck_assert_mem_eq(before, after, sizeof before);
	ck_assert_int_eq(made_offer(block, chain, foundation), status);
	return status;
}

/* Both addresses of the block's map are ${address}. */
static void
assert_paid_to(uint64_t number, const char *address)
{
	uint8_t packed[BITMARK_PAYMENTS_PACKED_MAX];
	struct bitmark_payments payments;
	struct bitmark_snapshot *snapshot;
	size_t size;

	ck_assert_int_eq(bitmark_snapshot_open(chain, &snapshot), BITMARK_OK);
	ck_assert_int_eq(bitmark_snapshot_payments(snapshot, number, packed,
	    &size), BITMARK_OK);
	bitmark_snapshot_close(snapshot);
	ck_assert_int_eq(bitmark_payments_parse(bitmark_rules_8_2(), packed,
	    size, MADE_NETWORK, &payments), BITMARK_OK);
	for (int i = BITMARK_CURRENCY_BITCOIN; i < BITMARK_CURRENCY_COUNT;
	    i++) {
		ck_assert_uint_eq(payments.address[i].size, strlen(address));
		ck_assert_mem_eq(payments.address[i].data, address,
		    strlen(address));
	}
}

START_TEST(obsolete_block_is_transferred_by_its_owner_D_07)
{
	uint8_t foundation[BITMARK_TX_ID_SIZE];

	block = made_block(1);
	made_base(block, MINER);
	made_issue(block, MINER, 1);
	ck_assert_int_eq(made_offer(block, chain, foundation), BITMARK_OK);

	start_block();
	made_owner_transfer(block, foundation, ALICE, BOB, ADDRESS_BOB);
	ck_assert_int_eq(made_offer(block, chain, NULL), BITMARK_E_SIGNATURE);
	start_block();
	made_owner_transfer(block, foundation, MINER, BOB, ADDRESS_BOB);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
	assert_paid_to(2, ADDRESS_BOB);
}
END_TEST

START_TEST(second_owner_transfer_pays_for_the_owned_block_only)
{
	uint8_t first[BITMARK_TX_ID_SIZE], link[BITMARK_TX_ID_SIZE];

	start_block();
	ck_assert_int_eq(made_offer(block, chain, first), BITMARK_OK);
	start_block();
	memcpy(link, made_owner_transfer(block, first, MINER, BOB,
	    ADDRESS_BOB), sizeof link);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
	start_block();
	made_owner_transfer(block, link, BOB, CAROL, ADDRESS_CAROL);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);

	assert_paid_to(2, ADDRESS_CAROL);
	assert_paid_to(3, "mkiLFSw6FNtHVRZbTwTe5SFJJFBz96GGuj");
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 4), BITMARK_OK);
	assert_paid_to(2, ADDRESS_BOB);
}
END_TEST

START_TEST(block_that_was_transferred_as_an_item_has_no_owner_transfer)
{
	uint8_t first[BITMARK_TX_ID_SIZE], link[BITMARK_TX_ID_SIZE];

	start_block();
	ck_assert_int_eq(made_offer(block, chain, first), BITMARK_OK);
	start_block();
	memcpy(link, made_transfer(block, first, MINER, BOB), sizeof link);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);

	start_block();
	made_owner_transfer(block, link, BOB, CAROL, ADDRESS_CAROL);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_LINK_UNCONFIRMED);
	start_block();
	made_transfer(block, link, BOB, CAROL);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
}
END_TEST

START_TEST(transfer_to_oneself_is_undone_exactly)
{
	uint8_t issue[BITMARK_TX_ID_SIZE], link[BITMARK_TX_ID_SIZE];

	confirm_issue(issue);
	start_block();
	memcpy(link, made_transfer(block, issue, ALICE, ALICE), sizeof link);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
	start_block();
	made_transfer(block, link, ALICE, ALICE);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
}
END_TEST

START_TEST(item_that_moved_on_cannot_be_transferred_again)
{
	uint8_t issue[BITMARK_TX_ID_SIZE];

	confirm_issue(issue);
	start_block();
	made_transfer(block, issue, ALICE, BOB);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
	start_block();
	made_transfer(block, issue, ALICE, CAROL);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_DOUBLE_TRANSFER);
}
END_TEST

START_TEST(item_is_transferred_once_in_a_block_wherever_the_others_stand)
{
	uint8_t issue[BITMARK_TX_ID_SIZE], other[BITMARK_TX_ID_SIZE];

	confirm_issue(issue);
	start_block();
	memcpy(other, made_issue(block, BOB, 2), sizeof other);
	ck_assert_int_eq(made_offer(block, chain, NULL), BITMARK_OK);

	start_block();
	made_transfer(block, issue, ALICE, BOB);
	made_transfer(block, other, BOB, ALICE);
	made_transfer(block, issue, ALICE, CAROL);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_DOUBLE_TRANSFER);
	start_block();
	made_transfer(block, issue, ALICE, BOB);
	made_transfer(block, other, BOB, ALICE);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
}
END_TEST

/* v8.2 notices two transfers of one item only while it writes them, after all
 * other checks; so any other fault of the block is told first. */
START_TEST(two_transfers_of_one_item_are_the_last_fault_to_be_told_D_06)
{
	uint8_t issue[BITMARK_TX_ID_SIZE];

	confirm_issue(issue);
	start_block();
	made_transfer(block, issue, ALICE, BOB);
	made_transfer(block, issue, ALICE, CAROL);
	block->ids[0][0] ^= 1;
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_MERKLE);
	block->ids[0][0] ^= 1;
	add_forged_issue(BOB, 5);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_SIGNATURE);

	free(block);
	block = made_block(2);
	made_transfer(block, issue, ALICE, BOB);
	made_transfer(block, issue, ALICE, CAROL);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_NO_BLOCK_OWNER);
}
END_TEST

START_TEST(last_record_is_judged_before_what_follows_it)
{
	start_block();
	add_forged_issue(BOB, 5);
	block->data[block->size++] = 0;
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_SIGNATURE);

	start_block();
	block->ids[0][0] ^= 1;
	block->data[block->size++] = 0;
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_TX_COUNT);
}
END_TEST

START_TEST(asset_and_issue_of_a_version_1_block_may_be_repeated)
{
	for (int i = 0; i < 2; i++) {
		free(block);
		block = made_block(1);
		made_base(block, MINER);
		made_asset(block, ALICE, "print");
		made_issue(block, ALICE, 1);
		made_issue(block, ALICE, 1);
		ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
	}
	start_block();
	made_asset(block, ALICE, "print");
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_TX_EXISTS);
	start_block();
	made_issue(block, ALICE, 1);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_TX_EXISTS);
}
END_TEST

START_TEST(base_record_out_of_place_is_refused)
{
	start_block();
	made_base(block, MINER);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_E_OUT_OF_PLACE_BASE);

	free(block);
	block = made_block(1);
	made_base(block, MINER);
	made_foundation(block, MINER);
	ck_assert_int_eq(offer_twice(NULL),
	    BITMARK_E_OUT_OF_PLACE_FOUNDATION);
}
END_TEST

START_TEST(version_that_no_release_knows_is_refused_D_10)
{
	start_block();
	block->version = bitmark_rules_8_2()->header_version_max + 1;
	ck_assert_int_eq(made_offer(block, chain, NULL),
	    BITMARK_E_HEADER_VERSION);
	block->version = bitmark_rules_8_2()->header_version_max;
	ck_assert_int_eq(made_offer(block, chain, NULL), BITMARK_OK);
}
END_TEST

START_TEST(largest_block_is_added_and_undone)
{
	struct made_block *issues = made_block(2);

	made_foundation(issues, MINER);
	while (issues->count < bitmark_rules_8_2()->header_count_max)
		made_issue(issues, ALICE, issues->count);
	ck_assert_int_eq(made_offer(issues, chain, NULL), BITMARK_OK);

	block = made_block(2);
	made_foundation(block, MINER);
	for (size_t i = 1; i < issues->count; i++)
		made_transfer(block, issues->ids[i], ALICE, BOB);
	free(issues);
	ck_assert_int_eq(offer_twice(NULL), BITMARK_OK);
}
END_TEST

/* Commits so far. */
static size_t
commits(void)
{
	MDB_envinfo info;

	ck_assert_int_eq(mdb_env_info(chain->store.mdb, &info), 0);
	return info.me_last_txnid;
}

START_TEST(many_blocks_are_deleted_with_few_commits)
{
	enum { MANY = 70, COMMITS = 2 };
	uint8_t before[BITMARK_DIGEST_SIZE], after[BITMARK_DIGEST_SIZE];
	struct bitmark_tip tip;
	size_t first;

	store_hash(chain, before);
	for (int i = 0; i < MANY; i++) {
		start_block();
		ck_assert_int_eq(made_offer(block, chain, NULL), BITMARK_OK);
	}
	first = commits();
	ck_assert_int_eq(bitmark_chain_delete_down(chain, 2), BITMARK_OK);
	ck_assert_uint_le(commits() - first, COMMITS);
	store_hash(chain, after);
	ck_assert_mem_eq(before, after, sizeof before);
	bitmark_chain_tip(chain, &tip);
	ck_assert_uint_eq(tip.number, BITMARK_GENESIS_NUMBER);
}
END_TEST

/* Three blocks of many records: ALICE gets items, gives all to BOB, and he all
 * to CAROL. */
#define MANY 700

static void
offer_issues(uint8_t ids[MANY][BITMARK_TX_ID_SIZE])
{
	start_block();
	for (uint64_t i = 0; i < MANY; i++)
		memcpy(ids[i], made_issue(block, ALICE, 2000 + i),
		    BITMARK_TX_ID_SIZE);
	ck_assert_int_eq(made_offer(block, chain, NULL), BITMARK_OK);
}

static void
offer_transfers(uint8_t ids[MANY][BITMARK_TX_ID_SIZE], uint8_t from,
    uint8_t to)
{
	start_block();
	for (uint64_t i = 0; i < MANY; i++)
		memcpy(ids[i], made_transfer(block, ids[i], from, to),
		    BITMARK_TX_ID_SIZE);
	ck_assert_int_eq(made_offer(block, chain, NULL), BITMARK_OK);
}

START_TEST(blocks_of_many_transactions_are_undone_exactly)
{
	static uint8_t ids[MANY][BITMARK_TX_ID_SIZE];
	uint8_t hashes[5][BITMARK_DIGEST_SIZE], now[BITMARK_DIGEST_SIZE];

	for (uint64_t n = 1; n <= 4; n++) {
		if (n == 2)
			offer_issues(ids);
		if (n == 3)
			offer_transfers(ids, ALICE, BOB);
		if (n == 4)
			offer_transfers(ids, BOB, CAROL);
		store_hash(chain, hashes[n]);
	}
	ck_assert_int_eq(bitmark_chain_delete_down(chain, (uint64_t)_i + 1),
	    BITMARK_OK);
	store_hash(chain, now);
	ck_assert_mem_eq(now, hashes[_i], sizeof now);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chain_rules");
	TCase *tc = tcase_create("chain_rules");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 180);
	tcase_add_test(tc, obsolete_block_is_transferred_by_its_owner_D_07);
	tcase_add_test(tc,
	    second_owner_transfer_pays_for_the_owned_block_only);
	tcase_add_test(tc,
	    block_that_was_transferred_as_an_item_has_no_owner_transfer);
	tcase_add_test(tc, transfer_to_oneself_is_undone_exactly);
	tcase_add_test(tc, item_that_moved_on_cannot_be_transferred_again);
	tcase_add_test(tc,
	    item_is_transferred_once_in_a_block_wherever_the_others_stand);
	tcase_add_test(tc, two_transfers_of_one_item_are_the_last_fault_to_be_told_D_06);
	tcase_add_test(tc, last_record_is_judged_before_what_follows_it);
	tcase_add_test(tc,
	    asset_and_issue_of_a_version_1_block_may_be_repeated);
	tcase_add_test(tc, base_record_out_of_place_is_refused);
	tcase_add_test(tc, version_that_no_release_knows_is_refused_D_10);
	tcase_add_test(tc, largest_block_is_added_and_undone);
	tcase_add_test(tc, many_blocks_are_deleted_with_few_commits);
	tcase_add_loop_test(tc, blocks_of_many_transactions_are_undone_exactly,
	    1, 4);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
