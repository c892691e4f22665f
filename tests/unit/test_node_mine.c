/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* A node that makes blocks of its own. */
#include "../support/members.h"
#include "../support/mining.h"

#include <bitmarkpeer/os.h>

#include <string.h>

/* One nonce of four is good.  The digest has the nonce in it, so that no two
 * are the same; its last byte weighs most. */
static bitmark_status
easy_digest(const uint8_t input[BITMARK_DIGEST_INPUT_SIZE], void *arena,
    size_t arena_size, uint8_t output[BITMARK_DIGEST_OUTPUT_SIZE])
{
	(void)arena;
	(void)arena_size;
	memset(output, 0, BITMARK_DIGEST_OUTPUT_SIZE);
	memcpy(output, input + BITMARK_DIGEST_INPUT_SIZE - 8, 8);
	if ((output[0] & 3) != 0)
		output[BITMARK_DIGEST_OUTPUT_SIZE - 1] = 0xff;
	return BITMARK_OK;
}

static struct bitmark_base base, pair;

static struct bitmark_mine
order(uint64_t count)
{
	base = mining_base(BITMARK_BASE_FOUNDATION);
	pair = mining_base(BITMARK_BASE_PAIR);
	return (struct bitmark_mine){ .struct_size =
	    sizeof(struct bitmark_mine), .base = &base, .empty = &pair,
		.count = count };
}

static struct bitmark_mined
mined(int i, struct bitmark_mined_block *blocks, size_t capacity)
{
	struct bitmark_mined told = { .struct_size = sizeof told };

	ck_assert_int_eq(bitmark_node_mined(member[i].node, &told, blocks,
	    capacity), BITMARK_OK);
	return told;
}

/* Look again until it is so. */
#define UNTIL(is_so) \
	do { \
		struct await wait = AWAIT; \
\
		while (!(is_so)) \
			ck_assert(await_again(&wait)); \
	} while (0)

/* Nobody to follow: Normal at once. */
static void
start_alone(void)
{
	member[0].config.digest = easy_digest;
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, BITMARK_GENESIS_NUMBER));
}

START_TEST(a_lone_node_makes_as_many_blocks_as_are_ordered)
{
	struct bitmark_mine mine = order(3);
	struct bitmark_mined_block blocks[4];
	struct bitmark_mined told;

	start_alone();
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine), BITMARK_OK);
	ck_assert(member_becomes(0, member_in_step, 4));
	told = mined(0, blocks, 4);
	ck_assert_uint_eq(told.left, 0);
	ck_assert_uint_eq(told.count, 3);
	ck_assert_uint_eq(told.found, 3);
	ck_assert_uint_ge(told.tried, 3);
	for (uint64_t i = 0; i < 3; i++)
		ck_assert_uint_eq(blocks[i].number, 2 + i);
	ck_assert_mem_eq(blocks[2].digest, member_status(0).tip.digest,
	    BITMARK_DIGEST_SIZE);
	/* And no more. */
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine), BITMARK_OK);
	ck_assert(member_becomes(0, member_in_step, 7));
	ck_assert_uint_eq(mined(0, blocks, 4).count, 3);
	ck_assert_uint_eq(blocks[0].number, 5);
}
END_TEST

/* After about 2000 blocks each one took the hasher of 0.16 more than a second:
 * so many more would not come in time. */
START_TEST(S_13_blocks_come_as_fast_after_two_thousand)
{
	struct bitmark_mine mine = order(BITMARK_MINE_MAX);
	uint64_t height = BITMARK_GENESIS_NUMBER;

	start_alone();
	for (int i = 0; i < 3; i++) {
		mine.count = i < 2 ? BITMARK_MINE_MAX : 150;
		ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine),
		    BITMARK_OK);
		height += mine.count;
		ck_assert(member_becomes(0, member_in_step, height));
		UNTIL(mined(0, NULL, 0).left == 0);
	}
}
END_TEST

START_TEST(without_an_empty_block_it_waits_for_a_transaction)
{
	struct bitmark_mine mine = order(1);

	mine.empty = NULL;
	start_alone();
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine), BITMARK_OK);
	UNTIL(mined(0, NULL, 0).status == BITMARK_E_NOT_FOUND);
	ck_assert_uint_eq(mined(0, NULL, 0).left, 1);
	/* The order is still worked on. */
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine),
	    BITMARK_E_BUSY);
}
END_TEST

START_TEST(an_order_that_cannot_be_is_refused)
{
	struct bitmark_mine mine = order(BITMARK_MINE_MAX + 1);

	start_alone();
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine),
	    BITMARK_E_COUNT);
	mine.count = 1;
	mine.base = NULL;
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine),
	    BITMARK_E_ARGUMENT);
	mine = order(1);
	mine.struct_size = 8;
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine),
	    BITMARK_E_ARGUMENT);
}
END_TEST

/* A foundation alone is no block: the chain refuses it each time.  Somebody waits
 * for the end of the order, and it is not to be in the way of the next. */
START_TEST(an_order_that_the_chain_refuses_has_an_end)
{
	struct bitmark_mine mine = order(2), good = order(1);

	mine.empty = &base;
	start_alone();
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine), BITMARK_OK);
	UNTIL(mined(0, NULL, 0).left == 0);
	ck_assert_uint_eq(mined(0, NULL, 0).count, 0);
	ck_assert_uint_eq(mined(0, NULL, 0).refused,
	    BITMARK_MINE_FAILURES_MAX);
	ck_assert_int_ne(mined(0, NULL, 0).order, BITMARK_OK);
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &good), BITMARK_OK);
	ck_assert(member_becomes(0, member_in_step, 2));
	ck_assert_int_eq(mined(0, NULL, 0).order, BITMARK_OK);
}
END_TEST

/* An order without end gives way to one with an end, and goes on after it. */
START_TEST(a_standing_order_goes_on_until_it_is_ended)
{
	struct bitmark_mine mine = order(UINT64_MAX), some = order(2);
	uint64_t found;

	start_alone();
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine), BITMARK_OK);
	UNTIL(mined(0, NULL, 0).found > 3);
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &some), BITMARK_OK);
	UNTIL(mined(0, NULL, 0).left == 0);
	ck_assert_uint_eq(mined(0, NULL, 0).count, 2);
	found = mined(0, NULL, 0).found;
	UNTIL(mined(0, NULL, 0).found > found);
	mine.count = 0;
	/* A count of 0 ends what has no end. */
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine), BITMARK_OK);
}
END_TEST

/* What one finds the other gets, and it counts there as any block. */
START_TEST(a_block_that_is_found_reaches_the_peers)
{
	struct bitmark_mine mine = order(2);

	member[1].config.digest = easy_digest;
	member[1].config.minimum_clients = 1;
	member_follow(1, 0);
	start_alone();
	member_start(1);
	ck_assert(member_becomes(1, member_has_peers, 1));
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine), BITMARK_OK);
	ck_assert(member_becomes(0, member_in_step, 3));
	ck_assert(member_becomes(1, member_in_step, 3));
	ck_assert_mem_eq(member_status(0).tip.digest,
	    member_status(1).tip.digest, BITMARK_DIGEST_SIZE);
	ck_assert_int_eq(bitmark_node_mine(member[1].node, &mine), BITMARK_OK);
	ck_assert(member_becomes(1, member_in_step, 5));
}
END_TEST

/* Peers that it is told of are not looked for: nothing is at that address. */
START_TEST(a_standalone_node_is_normal_whatever_it_is_told_of)
{
	struct bitmark_mine mine = order(1);

	member[0].config.standalone = true;
	member[0].config.dynamic_connections = true;
	member_follow(0, 1);
	start_alone();
	ck_assert_int_eq(bitmark_node_mine(member[0].node, &mine), BITMARK_OK);
	ck_assert(member_becomes(0, member_in_step, 2));
	ck_assert_uint_eq(member_status(0).peers, 0);
}
END_TEST

START_TEST(a_node_of_another_chain_does_not_start_with_auto_verify)
{
	struct bitmark_node *node;

	member[0].config.params = bitmark_chain_params_find("testing");
	member[0].config.auto_verify = true;
	ck_assert_int_eq(bitmark_node_start(&node, &member[0].config),
	    BITMARK_E_ARGUMENT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("node mine");
	TCase *tc = tcase_create("mine"), *many = tcase_create("many");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	tcase_add_checked_fixture(tc, members_setup, members_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_lone_node_makes_as_many_blocks_as_are_ordered);
	tcase_add_test(tc, without_an_empty_block_it_waits_for_a_transaction);
	tcase_add_test(tc, an_order_that_cannot_be_is_refused);
	tcase_add_test(tc, an_order_that_the_chain_refuses_has_an_end);
	tcase_add_test(tc, a_standing_order_goes_on_until_it_is_ended);
	tcase_add_test(tc, a_block_that_is_found_reaches_the_peers);
	tcase_add_test(tc,
	    a_standalone_node_is_normal_whatever_it_is_told_of);
	tcase_add_test(tc,
	    a_node_of_another_chain_does_not_start_with_auto_verify);
	tcase_add_checked_fixture(many, members_setup, members_teardown);
	tcase_set_timeout(many, 600);
	tcase_add_test(many, S_13_blocks_come_as_fast_after_two_thousand);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, many);
	return run_suite(suite);
}
