/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The search for the common block, and the check of a branch before our own
 * blocks are rolled back. */
#include "../support/connector_host.h"

#define CYCLE_MS BITMARK_CONNECTOR_CYCLE_MS
#define HEIGHT 100
#define PROTECTION BITMARK_CONNECTOR_FORK_PROTECTION
/* Digests that tell where two chains part: the top, the lowest allowed, and
 * halves of what is between. */
#define SEARCH_MAX 8

static struct host_chain theirs;

static void
setup(void)
{
	host_configure(3, HEIGHT);
}

/* Their chain parts from ours after ${common} and has ${height} blocks. */
static void
start_fork(uint64_t common, uint64_t height)
{
	host_chain_make(&theirs, common, height, 9);
	host_open();
	host_all_have(&theirs);
	host_reach_highest_block();
	host_tick(CYCLE_MS);
}

/* Answer digests until something else is wanted. */
static void
search(void)
{
	while (host_waiting(BITMARK_CONNECTOR_ACT_FETCH) > 0 &&
	    host.blocks == 0) {
		struct host_work work = host_take(BITMARK_CONNECTOR_ACT_FETCH);

		host_do(&work);
	}
}

START_TEST(a_chain_that_goes_on_from_ours_costs_one_digest)
{
	start_fork(HEIGHT, HEIGHT + 5);
	search();
	ck_assert_uint_eq(host.digests, 1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FETCH_BLOCKS);
	host_do_all();
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host.own.height, HEIGHT + 5);
}
END_TEST

START_TEST(a_fork_of_any_depth_allowed_is_found_by_halves_and_followed_D_60)
{
	uint64_t depth = (uint64_t)_i;

	start_fork(HEIGHT - depth, HEIGHT + 3);
	search();
	ck_assert_uint_le(host.digests, SEARCH_MAX);
	host_do_all();
	ck_assert_uint_eq(host.rollbacks, 1);
	ck_assert_uint_eq(host.rolled_back_to, HEIGHT - depth);
	ck_assert_uint_eq(host.own.height, HEIGHT + 3);
	ck_assert_mem_eq(host.own.digest[HEIGHT + 3],
	    theirs.digest[HEIGHT + 3], BITMARK_DIGEST_SIZE);
	ck_assert_uint_eq(host.blocks, depth + 3);
	ck_assert(host.update->normal);
}
END_TEST

START_TEST(a_fork_as_deep_as_the_protection_is_refused_without_spinning_D_13)
{
	start_fork(HEIGHT - PROTECTION, HEIGHT + 30);
	host_do_all();
	ck_assert_uint_eq(host.digests, 2);
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host.own.height, HEIGHT);
	ck_assert_uint_eq(host_status().refused_forks, 1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
	ck_assert_uint_eq(host.update->deadline_ms, host.now_ms + CYCLE_MS);
	for (int i = 0; i < 10; i++) {
		host_tick(CYCLE_MS);
		host_do_all();
	}
	ck_assert_uint_eq(host.digests, 2 * 3);
	ck_assert_uint_eq(host.own.height, HEIGHT);
}
END_TEST

START_TEST(a_lost_digest_is_asked_for_again)
{
	struct host_work work;

	start_fork(HEIGHT - 5, HEIGHT + 3);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	host_do(&work);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	host_tick(BITMARK_CONNECTOR_TIMEOUT_MS);
	host_fail(&work, BITMARK_E_TIMEOUT);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FORK_DETECT);
	ck_assert_uint_eq(host_status().misled, 0);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT + 3);
}
END_TEST

START_TEST(genesis_is_a_common_block_D_15)
{
	host_configure(3, PROTECTION);
	start_fork(1, PROTECTION + 1);
	host_do_all();
	ck_assert_uint_eq(host.rolled_back_to, 1);
	ck_assert_uint_eq(host.own.height, PROTECTION + 1);
}
END_TEST

START_TEST(genesis_is_no_common_block_beyond_the_protection)
{
	host_configure(3, PROTECTION + 1);
	start_fork(1, PROTECTION + 9);
	host_do_all();
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host.own.height, PROTECTION + 1);
}
END_TEST

START_TEST(an_empty_store_asks_for_no_digest)
{
	host_configure(3, 1);
	start_fork(1, 70);
	host_do_all();
	ck_assert_uint_eq(host.digests, 0);
	ck_assert_uint_eq(host.own.height, 70);
}
END_TEST

START_TEST(nothing_is_rolled_back_before_the_whole_branch_is_checked_D_60)
{
	struct host_work work, held;

	start_fork(HEIGHT - 10, HEIGHT + 20);
	search();
	while (host_waiting(BITMARK_CONNECTOR_ACT_FETCH) > 0) {
		work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
		host_do(&work);
	}
	ck_assert_uint_eq(host.blocks, 11);
	held = host_take(BITMARK_CONNECTOR_ACT_CHECK);
	while (host_waiting(BITMARK_CONNECTOR_ACT_CHECK) > 0) {
		work = host_take(BITMARK_CONNECTOR_ACT_CHECK);
		host_do(&work);
	}
	ck_assert_uint_eq(host.rollbacks, 0);
	host_do(&held);
	ck_assert_uint_eq(host.rollbacks, 1);
	ck_assert_uint_eq(host.applies, 0);
}
END_TEST

START_TEST(a_branch_without_work_is_not_followed_D_60)
{
	struct host_work work;

	start_fork(HEIGHT - 10, HEIGHT + 20);
	search();
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	host_do(&work);
	work = host_take(BITMARK_CONNECTOR_ACT_CHECK);
	host_fail(&work, BITMARK_E_HEADER_DIFFICULTY);
	ck_assert_uint_eq(host_status().misled, 1);
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host.own.height, HEIGHT);
}
END_TEST

START_TEST(a_branch_that_does_not_link_is_not_followed_D_60)
{
	struct host_chain other;

	start_fork(HEIGHT - 10, HEIGHT + 20);
	search();
	host_chain_make(&other, 50, HEIGHT + 20, 7);
	for (size_t i = 0; i < 3; i++)
		host.of[i] = &other;
	host_do_all();
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host_status().misled, 1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
}
END_TEST

START_TEST(a_peer_whose_digests_and_blocks_differ_is_set_aside)
{
	struct host_chain other;
	struct host_work work;

	start_fork(HEIGHT, HEIGHT + 5);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	host_do(&work);
	host_chain_make(&other, HEIGHT - 1, HEIGHT + 5, 7);
	for (size_t i = 0; i < 3; i++)
		host.of[i] = &other;
	host_do_all();
	ck_assert_uint_eq(host_status().misled, 1);
	ck_assert_uint_eq(host.own.height, HEIGHT);
}
END_TEST

START_TEST(a_branch_larger_than_memory_is_fetched_twice_but_checked_once)
{
	host.config.ahead_bytes = 10 * BITMARK_HEADER_SIZE;
	start_fork(HEIGHT - 40, HEIGHT + 1);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT + 1);
	ck_assert_mem_eq(host.own.digest[HEIGHT + 1],
	    theirs.digest[HEIGHT + 1], BITMARK_DIGEST_SIZE);
	ck_assert_uint_eq(host.checks, 41);
	ck_assert_uint_gt(host.blocks, 41);
	ck_assert_uint_lt(host.blocks, 2 * 41);
}
END_TEST

START_TEST(a_refetched_block_must_be_the_one_that_was_checked)
{
	struct host_chain other;

	host.config.ahead_bytes = 1;
	start_fork(HEIGHT - 5, HEIGHT + 1);
	while (host.rollbacks == 0) {
		struct host_work work = host_take(host_waiting(
		    BITMARK_CONNECTOR_ACT_CHECK) > 0 ?
		    BITMARK_CONNECTOR_ACT_CHECK : BITMARK_CONNECTOR_ACT_FETCH);

		host_do(&work);
	}
	host_chain_make(&other, HEIGHT - 5, HEIGHT + 1, 7);
	for (size_t i = 0; i < 3; i++)
		host.of[i] = &other;
	host_do_all();
	ck_assert_uint_eq(host.applies, 0);
	ck_assert_uint_ge(host_status().misled, 1);
}
END_TEST

START_TEST(the_branch_must_still_be_longer_when_ours_has_grown)
{
	struct host_work work;

	start_fork(HEIGHT - 10, HEIGHT + 1);
	search();
	host_chain_make(&host.own, HEIGHT + 1, HEIGHT + 1, 0);
	while (host.work_count > 0) {
		work = host.work[0];
		(void)host_take(work.action.type);
		host_do(&work);
	}
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host_status().misled, 0);
	ck_assert_uint_eq(host.own.height, HEIGHT + 1);
}
END_TEST

/* The deepest fork that is allowed; while its branch is fetched one block more
 * of ours would have to be given up. */
START_TEST(a_fork_that_reaches_the_protection_as_ours_grows_is_refused)
{
	start_fork(HEIGHT - (PROTECTION - 1), HEIGHT + 30);
	search();
	ck_assert_uint_eq(host_status().refused_forks, 0);
	host_chain_make(&host.own, HEIGHT + 1, HEIGHT + 1, 0);
	host_do_all();
	ck_assert_uint_eq(host_status().refused_forks, 1);
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host.own.height, HEIGHT + 1);
}
END_TEST

START_TEST(a_fork_that_stays_below_the_protection_as_ours_grows_is_followed)
{
	start_fork(HEIGHT - (PROTECTION - 2), HEIGHT + 30);
	search();
	host_chain_make(&host.own, HEIGHT + 1, HEIGHT + 1, 0);
	host_do_all();
	ck_assert_uint_eq(host_status().refused_forks, 0);
	ck_assert_uint_eq(host.rolled_back_to, HEIGHT - (PROTECTION - 2));
	ck_assert_uint_eq(host.own.height, HEIGHT + 30);
}
END_TEST

START_TEST(a_branch_that_ours_outgrows_meanwhile_needs_one_block_more)
{
	start_fork(HEIGHT - 10, HEIGHT + 5);
	search();
	host_chain_make(&host.own, HEIGHT + 2, HEIGHT + 2, 0);
	host_do_all();
	ck_assert_uint_eq(host.rollbacks, 1);
	ck_assert_uint_eq(host.rolled_back_to, HEIGHT - 10);
	ck_assert_uint_eq(host.own.height, HEIGHT + 5);
}
END_TEST

/* Their blocks up to ${height} came by another way. */
static void
push_up_to(uint64_t height)
{
	host_chain_make(&host.own, HEIGHT, height, 9);
}

START_TEST(blocks_that_come_during_the_search_are_not_taken_for_a_branch)
{
	struct host_work work;

	start_fork(HEIGHT, HEIGHT + 3);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	push_up_to(HEIGHT + 1);
	host_do(&work);
	host_do_all();
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host.digests, 2);
	ck_assert_uint_eq(host.blocks, 2);
	ck_assert_uint_eq(host.own.height, HEIGHT + 3);
	ck_assert(host.update->normal);
}
END_TEST

START_TEST(a_branch_that_came_during_the_search_is_still_found)
{
	struct host_work work;

	start_fork(HEIGHT, HEIGHT + 3);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	host_chain_make(&host.own, HEIGHT, HEIGHT + 1, 5);
	host_do(&work);
	host_do_all();
	ck_assert_uint_eq(host.rollbacks, 1);
	ck_assert_uint_eq(host.rolled_back_to, HEIGHT);
	ck_assert_uint_eq(host.own.height, HEIGHT + 3);
}
END_TEST

START_TEST(a_client_that_we_overtake_during_the_search_is_not_blamed)
{
	struct host_work work;

	start_fork(HEIGHT, HEIGHT + 3);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	push_up_to(HEIGHT + 4);
	host_do(&work);
	host_do_all();
	ck_assert_uint_eq(host.digests, 1);
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_uint_eq(host_status().misled, 0);
	ck_assert(host.update->normal);
}
END_TEST

START_TEST(a_roll_back_that_fails_blames_nobody)
{
	struct host_work work;

	start_fork(HEIGHT - 3, HEIGHT + 1);
	while (host.rollbacks == 0) {
		work = host.work[0];
		(void)host_take(work.action.type);
		host_do(&work);
	}
	work = host_take(BITMARK_CONNECTOR_ACT_ROLL_BACK);
	host_fail(&work, BITMARK_E_STORE_FULL);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
	ck_assert_uint_eq(host_status().misled, 0);
	host_do(&work);
	ck_assert_uint_eq(host_status().late, 1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
}
END_TEST

START_TEST(a_digest_of_another_length_is_refused)
{
	struct host_work work;
	const uint8_t bytes[BITMARK_DIGEST_SIZE + 1] = { 0 };

	start_fork(HEIGHT - 3, HEIGHT + 1);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_FETCHED, .token = work.action.token,
	    .client = work.action.client, .data = { bytes, sizeof bytes } });
	ck_assert_uint_eq(host_status().misled, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("connector_fork");
	TCase *t = tcase_create("fork");

	tcase_add_checked_fixture(t, setup, host_close);
	tcase_add_test(t, a_chain_that_goes_on_from_ours_costs_one_digest);
	tcase_add_loop_test(t,
	    a_fork_of_any_depth_allowed_is_found_by_halves_and_followed_D_60,
	    1, PROTECTION);
	tcase_add_test(t,
	    a_fork_as_deep_as_the_protection_is_refused_without_spinning_D_13);
	tcase_add_test(t, a_lost_digest_is_asked_for_again);
	tcase_add_test(t, genesis_is_a_common_block_D_15);
	tcase_add_test(t, genesis_is_no_common_block_beyond_the_protection);
	tcase_add_test(t, an_empty_store_asks_for_no_digest);
	tcase_add_test(t,
	    nothing_is_rolled_back_before_the_whole_branch_is_checked_D_60);
	tcase_add_test(t, a_branch_without_work_is_not_followed_D_60);
	tcase_add_test(t, a_branch_that_does_not_link_is_not_followed_D_60);
	tcase_add_test(t, a_peer_whose_digests_and_blocks_differ_is_set_aside);
	tcase_add_test(t,
	    a_branch_larger_than_memory_is_fetched_twice_but_checked_once);
	tcase_add_test(t, a_refetched_block_must_be_the_one_that_was_checked);
	tcase_add_test(t,
	    the_branch_must_still_be_longer_when_ours_has_grown);
	tcase_add_test(t,
	    a_branch_that_ours_outgrows_meanwhile_needs_one_block_more);
	tcase_add_test(t,
	    a_fork_that_reaches_the_protection_as_ours_grows_is_refused);
	tcase_add_test(t,
	    a_fork_that_stays_below_the_protection_as_ours_grows_is_followed);
	tcase_add_test(t,
	    blocks_that_come_during_the_search_are_not_taken_for_a_branch);
	tcase_add_test(t, a_branch_that_came_during_the_search_is_still_found);
	tcase_add_test(t,
	    a_client_that_we_overtake_during_the_search_is_not_blamed);
	tcase_add_test(t, a_roll_back_that_fails_blames_nobody);
	tcase_add_test(t, a_digest_of_another_length_is_refused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
