/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* The client that a connector follows where peers vote, and refused blocks. */
#include "../support/connector_host.h"

#include <bitmarkpeer/rules.h>

#include <string.h>

#define CYCLE_MS BITMARK_CONNECTOR_CYCLE_MS
#define ASIDE_MS BITMARK_CONNECTOR_ASIDE_MS
#define HOUR_MS (60u * 60 * 1000)
#define HEIGHT 10
#define CLIENTS 5

static struct host_chain same, longer, branch, other;

static void
open_with(size_t clients, uint64_t height)
{
	host_configure(clients, height);
	host.config.rules = bitmark_rules_0_16();
	host_open();
	host_chain_make(&same, height, height, 0);
	host_chain_make(&longer, height, height + 5, 1);
}

static void
setup(void)
{
	open_with(CLIENTS, HEIGHT);
}

static void
teardown(void)
{
	host_close();
}

static void
all_register(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		host.of[i] = &same;
		host_registered(i);
	}
}

/* Clients FROM to TO - 1 have CHAIN, and say so. */
static void
have(size_t from, size_t to, struct host_chain *chain)
{
	for (size_t i = from; i < to; i++) {
		host.of[i] = chain;
		if (chain->height < host.own.height)
			host_height(i, chain->height);
		else
			host_vote(i, chain->height, chain);
	}
}

static void
become_normal(void)
{
	all_register(CLIENTS);
	have(0, CLIENTS, &same);
	host_tick(CYCLE_MS);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
	ck_assert(host.update->normal);
}

/* A branch that parts from ours below our newest block and whose digest there
 * is smaller than that of CHAIN, or larger. */
static void
make_branch(struct host_chain *made, const struct host_chain *chain,
    bool smaller, uint64_t height)
{
	const uint64_t n = host.own.height;

	for (uint8_t b = 2; b < 200; b++) {
		size_t i = BITMARK_DIGEST_SIZE;

		host_chain_make(made, n - 3, height, b);
		while (i > 0 &&
		    made->digest[n][i - 1] == chain->digest[n][i - 1])
			i--;
		if (i > 0 && (made->digest[n][i - 1] <
		    chain->digest[n][i - 1]) == smaller)
			return;
	}
	ck_abort_msg("no branch");
}

START_TEST(five_that_agree_make_a_node_normal_and_cost_nothing)
{
	become_normal();
	ck_assert_uint_eq(host.digests + host.blocks, 0);
	ck_assert_uint_eq(host_status().voters, 5);
	ck_assert_uint_eq(host_status().votes, 5);
	ck_assert_uint_eq(host_status().target, HEIGHT);
}
END_TEST

START_TEST(four_of_five_are_too_few)
{
	all_register(4);
	have(0, 4, &same);
	for (int i = 0; i < 10; i++) {
		host_tick(CYCLE_MS);
		ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_CONNECTING);
	}
	ck_assert(host_status().few_clients);
}
END_TEST

START_TEST(a_normal_node_that_loses_a_client_connects_again)
{
	become_normal();
	host_lost(2);
	ck_assert(host.update->normal); /* until the cycle */
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_CONNECTING);
	ck_assert(!host.update->normal);
}
END_TEST

START_TEST(one_block_more_is_followed_at_once)
{
	host_chain_make(&longer, HEIGHT, HEIGHT + 1, 1);
	become_normal();
	have(0, 3, &longer);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FORK_DETECT);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT + 1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
}
END_TEST

/* The first of the group may be stuck where we are. */
START_TEST(the_highest_of_the_group_is_followed)
{
	become_normal();
	have(4, 5, &longer);
	host_tick(CYCLE_MS);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT + 5);
}
END_TEST

START_TEST(a_higher_minority_on_another_branch_moves_nobody)
{
	make_branch(&branch, &host.own, true, HEIGHT + 50);
	become_normal();
	for (int i = 0; i < 40; i++) {
		have(0, 3, &same);
		have(3, 5, &branch);
		host_tick(CYCLE_MS);
		host_do_all();
		ck_assert(host.update->normal);
	}
	ck_assert_uint_eq(host.own.height, HEIGHT);
	ck_assert_uint_eq(host.digests + host.blocks, 0);
	ck_assert_uint_eq(host_status().votes, 3);
	ck_assert_uint_eq(host_status().target, HEIGHT);
}
END_TEST

START_TEST(a_higher_majority_on_another_branch_is_followed)
{
	make_branch(&branch, &host.own, false, HEIGHT + 2);
	become_normal();
	have(2, 5, &branch);
	host_tick(CYCLE_MS);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT + 2);
	ck_assert_uint_eq(host.rolled_back_to, HEIGHT - 3);
}
END_TEST

START_TEST(as_many_blocks_with_a_smaller_digest_are_better)
{
	make_branch(&branch, &host.own, true, HEIGHT);
	become_normal();
	have(0, 2, &same);
	have(2, 5, &branch);
	host_tick(CYCLE_MS);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT);
	ck_assert_mem_eq(host.own.digest[HEIGHT], branch.digest[HEIGHT], 32);
	ck_assert_uint_eq(host.rollbacks, 1);
	ck_assert(host.update->normal);
	/* Nobody brings us back, not all of them together. */
	for (int i = 0; i < 10; i++) {
		have(0, 5, &same);
		host_tick(CYCLE_MS);
		host_do_all();
		ck_assert(host.update->normal);
	}
	ck_assert_uint_eq(host.rollbacks, 1);
	ck_assert_mem_eq(host.own.digest[HEIGHT], branch.digest[HEIGHT], 32);
}
END_TEST

/* Bytes are compared from the last one, and a larger one ends it. */
START_TEST(each_of_two_digests_cannot_be_the_smaller_one)
{
	make_branch(&branch, &host.own, false, HEIGHT);
	become_normal();
	have(0, 5, &branch);
	host_tick(CYCLE_MS);
	host_do_all();
	ck_assert_uint_eq(host.rollbacks, 0);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
}
END_TEST

START_TEST(a_smaller_digest_that_is_only_told_is_found_out)
{
	struct host_chain told;

	make_branch(&branch, &host.own, false, HEIGHT);
	told = branch;
	memset(told.digest[HEIGHT], 0, sizeof told.digest[HEIGHT]);
	told.digest[HEIGHT][0] = 1;
	become_normal();
	for (size_t i = 0; i < 3; i++) {
		host.of[i] = &branch;
		host_vote(i, HEIGHT, &told);
	}
	host_tick(CYCLE_MS);
	host_do_all();
	ck_assert(host.update->normal);
	ck_assert_uint_eq(host_status().misled, 1);
	for (int i = 0; i < 10; i++) {
		host_tick(CYCLE_MS);
		host_do_all();
	}
	ck_assert_uint_eq(host.rollbacks, 0);
}
END_TEST

/* They tell of a better block, and then have ours: one after the other is found
 * out, and the cycle rests in between. */
START_TEST(a_vote_that_is_taken_back_does_not_keep_us_busy)
{
	struct host_chain told = same;

	become_normal();
	memset(told.digest[HEIGHT], 0, sizeof told.digest[HEIGHT]);
	for (size_t i = 0; i < CLIENTS; i++)
		host_vote(i, HEIGHT, &told);
	for (int i = 0; i < 3; i++) {
		host_tick(CYCLE_MS);
		host_do_all();
	}
	ck_assert_uint_eq(host.digests, 3);
	ck_assert_uint_eq(host_status().misled, 3);
	ck_assert_uint_eq(host.blocks, 0);
}
END_TEST

START_TEST(all_have_the_genesis_block)
{
	struct host_chain told;

	host_close();
	open_with(CLIENTS, 1);
	told = same;
	memset(told.digest[1], 0, sizeof told.digest[1]);
	all_register(CLIENTS);
	have(0, CLIENTS, &told);
	host_tick(CYCLE_MS);
	host_tick(CYCLE_MS);
	ck_assert(host.update->normal);
	ck_assert_uint_eq(host_status().votes, 5);
	ck_assert_uint_eq(host.digests + host.blocks, 0);
}
END_TEST

/* 1 : 2 : 2, and each of the larger groups has fewer than the three votes that
 * it needs, but both together have them. */
START_TEST(of_two_groups_the_smaller_digest_decides)
{
	make_branch(&branch, &host.own, true, HEIGHT);
	make_branch(&other, &branch, true, HEIGHT);
	become_normal();
	have(0, 1, &same);
	have(1, 3, &branch);
	have(3, 5, &other);
	host_tick(CYCLE_MS);
	host_do_all();
	ck_assert_mem_eq(host.own.digest[HEIGHT], other.digest[HEIGHT], 32);
	ck_assert_uint_eq(host.rollbacks, 1);
}
END_TEST

START_TEST(without_a_winner_it_does_not_become_normal)
{
	make_branch(&branch, &host.own, true, HEIGHT + 1);
	all_register(CLIENTS);
	have(0, 1, &same);
	have(1, 3, &branch);
	host_height(3, HEIGHT + 7);     /* without votes */
	host_height(4, HEIGHT + 7);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
	for (int i = 0; i < 3; i++) {
		host_tick(CYCLE_MS);
		ck_assert_int_eq(host_state(),
		    BITMARK_CONNECTOR_HIGHEST_BLOCK);
		ck_assert(!host.update->normal);
	}
	ck_assert_uint_eq(host_status().votes, 0);
	ck_assert_uint_eq(host_status().voters, 3);
}
END_TEST

START_TEST(a_normal_node_that_sees_no_winner_stays_normal)
{
	make_branch(&branch, &host.own, true, HEIGHT + 1);
	all_register(CLIENTS);
	have(0, 3, &same);
	host_tick(CYCLE_MS);
	host_tick(CYCLE_MS);
	for (int i = 0; i < 30; i++) {
		have(0, 1, &same);
		have(1, 3, &branch);
		host_height(3, HEIGHT + 7);     /* without votes */
		host_height(4, HEIGHT + 7);
		host_tick(CYCLE_MS);
		host_do_all();
		ck_assert(host.update->normal);
	}
	ck_assert_uint_eq(host.own.height, HEIGHT);
}
END_TEST

START_TEST(a_vote_is_good_for_a_minute)
{
	become_normal();
	have(0, 5, &longer);
	host.now_ms += BITMARK_CONNECTOR_VOTE_MS;
	host_tick(1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
	ck_assert_uint_eq(host_status().voters, 0);
}
END_TEST

/* Peers pushed a block to us, and were asked about the one before. */
START_TEST(a_vote_for_a_block_of_ours_stays_while_our_chain_grows)
{
	become_normal();
	have(0, 5, &longer);
	host_chain_make(&host.own, HEIGHT, HEIGHT + 1, 1);
	host_tick(CYCLE_MS);
	ck_assert_uint_eq(host_status().votes, 5);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT + 5);
}
END_TEST

START_TEST(the_node_with_the_most_blocks_is_normal)
{
	struct host_chain lower;

	host_chain_make(&lower, 4, 4, 0);
	all_register(CLIENTS);
	have(0, 5, &lower);
	host_tick(CYCLE_MS);
	host_tick(CYCLE_MS);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_SAMPLING);
	ck_assert(host.update->normal);
}
END_TEST

/* It has our blocks, and claims more than it serves. */
START_TEST(a_peer_that_boasts_does_not_end_normal)
{
	become_normal();
	for (int i = 0; i < 40; i++) {
		have(0, 4, &same);
		host.of[4] = &same;
		host_vote(4, HEIGHT + 1000, &same);
		host_tick(CYCLE_MS);
		host_do_all();
		ck_assert(host.update->normal);
		ck_assert(!host_status().few_clients);
	}
	ck_assert_uint_ge(host_status().misled, 1);
	ck_assert_uint_le(host_status().misled, 3);
}
END_TEST

/* All fetches are answered, and block HEIGHT + 1 is refused. */
static void
refuse_all(void)
{
	while (host.work_count > 0) {
		struct host_work work = host.work[0];

		memmove(host.work, host.work + 1,
		    --host.work_count * sizeof host.work[0]);
		if (work.action.type == BITMARK_CONNECTOR_ACT_APPLY)
			host_fail(&work, BITMARK_E_NOT_RECORD);
		else
			host_do(&work);
	}
}

/* COUNT clients are on a chain whose next block we refuse, for CYCLES. */
static void
live_with_refused(size_t count, int cycles)
{
	for (int i = 0; i < cycles; i++) {
		have(0, count, &longer);
		have(count, 5, &same);
		host_tick(CYCLE_MS);
		refuse_all();
	}
}

START_TEST(a_node_that_cannot_follow_most_peers_is_not_normal)
{
	struct bitmark_connector_status s;

	become_normal();
	live_with_refused(4, 10);
	ck_assert(!host.update->normal);
	s = host_status();
	ck_assert(s.cannot_follow);
	ck_assert(!s.normal);
	ck_assert(!s.few_clients);
	ck_assert_uint_eq(s.refused, HEIGHT + 1);
	ck_assert_int_eq(s.refusal, BITMARK_E_NOT_RECORD);
	ck_assert_uint_eq(s.refusing, 3);       /* the others do not decide */
	ck_assert_uint_eq(s.refused_target, HEIGHT + 5);
	ck_assert_uint_gt(s.refused_retry_ms, 0);
	ck_assert_uint_le(s.refused_retry_ms, ASIDE_MS);
}
END_TEST

START_TEST(a_refused_block_is_tried_again_rarely)
{
	const size_t cycles = 3 * HOUR_MS / CYCLE_MS;

	become_normal();
	live_with_refused(5, (int)cycles);
	/* After 5 min, 10, 20, 40, 60, and then every hour: 6 times in 3 h,
	 * by three clients, as two do not decide. */
	ck_assert_uint_le(host.applies, 6 * 3);
	ck_assert_uint_ge(host.applies, 5 * 3);
	ck_assert(!host.update->normal);
}
END_TEST

START_TEST(it_does_not_look_normal_while_peers_are_tried_again)
{
	become_normal();
	live_with_refused(5, 10);
	for (size_t i = 0; i < 2 * HOUR_MS / CYCLE_MS; i++) {
		live_with_refused(5, 1);
		ck_assert(!host.update->normal);
		ck_assert(host_status().cannot_follow);
	}
}
END_TEST

START_TEST(a_block_that_a_few_have_and_we_refuse_changes_nothing)
{
	become_normal();
	for (int i = 0; i < 100; i++) {
		live_with_refused(2, 1);
		ck_assert(host.update->normal);
		ck_assert(!host_status().cannot_follow);
	}
	ck_assert_uint_eq(host_status().refused, HEIGHT + 1);
	ck_assert_uint_eq(host_status().refusing, 2);
}
END_TEST

START_TEST(a_block_of_that_number_ends_it)
{
	become_normal();
	live_with_refused(5, 10);
	host_chain_make(&host.own, HEIGHT, HEIGHT + 1, 9);
	host_tick(CYCLE_MS);
	ck_assert(!host_status().cannot_follow);
	ck_assert_uint_eq(host_status().refused, 0);
}
END_TEST

/* v8.2 has no votes: as many as its minimum have to be ahead. */
START_TEST(without_votes_most_peers_decide_too)
{
	host_close();
	host_configure(4, HEIGHT);
	host_open();
	host_chain_make(&longer, HEIGHT, HEIGHT + 5, 1);
	all_register(4);
	for (int i = 0; i < 12; i++) {
		for (size_t k = 0; k < 3; k++) {
			host.of[k] = &longer;
			host_height(k, longer.height);
		}
		host_height(3, HEIGHT);
		host_tick(CYCLE_MS);
		refuse_all();
	}
	ck_assert(host_status().cannot_follow);
	ck_assert(!host.update->normal);
	ck_assert(!host_status().few_clients);
}
END_TEST

START_TEST(two_nodes_alone_become_normal)
{
	host_close();
	open_with(1, HEIGHT);
	all_register(1);
	have(0, 1, &longer);
	host_tick(CYCLE_MS);
	host_tick(CYCLE_MS);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT + 5);
	ck_assert(host.update->normal);
}
END_TEST

START_TEST(a_peer_that_expired_gives_up_a_dynamic_place_only)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE];

	host_close();
	host_configure(2, HEIGHT);
	host.config.rules = bitmark_rules_0_16();
	host.config.dynamic = true;
	host_open();
	host_neighbour(77);
	host_registered(2);
	ck_assert_ptr_nonnull(bitmark_connector_client_key(host.connector, 2));
	for (uint8_t number = 1; number <= 77; number += 76) {
		memset(key, number, sizeof key);
		host_step(&(struct bitmark_connector_event){
		    .type = BITMARK_CONNECTOR_EV_EXPIRED,
		    .key = { key, sizeof key } });
	}
	ck_assert_ptr_nonnull(bitmark_connector_client_key(host.connector, 0));
	ck_assert_ptr_null(bitmark_connector_client_key(host.connector, 2));
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_DISCONNECT), 1);
	ck_assert_uint_eq(host_take(
	    BITMARK_CONNECTOR_ACT_DISCONNECT).action.client, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("connector_election");
	TCase *t = tcase_create("votes");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, five_that_agree_make_a_node_normal_and_cost_nothing);
	tcase_add_test(t, four_of_five_are_too_few);
	tcase_add_test(t, a_normal_node_that_loses_a_client_connects_again);
	tcase_add_test(t, one_block_more_is_followed_at_once);
	tcase_add_test(t, the_highest_of_the_group_is_followed);
	tcase_add_test(t, a_higher_minority_on_another_branch_moves_nobody);
	tcase_add_test(t, a_higher_majority_on_another_branch_is_followed);
	tcase_add_test(t, as_many_blocks_with_a_smaller_digest_are_better);
	tcase_add_test(t, each_of_two_digests_cannot_be_the_smaller_one);
	tcase_add_test(t, a_smaller_digest_that_is_only_told_is_found_out);
	tcase_add_test(t, a_vote_that_is_taken_back_does_not_keep_us_busy);
	tcase_add_test(t, all_have_the_genesis_block);
	tcase_add_test(t, of_two_groups_the_smaller_digest_decides);
	tcase_add_test(t, without_a_winner_it_does_not_become_normal);
	tcase_add_test(t, a_normal_node_that_sees_no_winner_stays_normal);
	tcase_add_test(t, a_vote_is_good_for_a_minute);
	tcase_add_test(t,
	    a_vote_for_a_block_of_ours_stays_while_our_chain_grows);
	tcase_add_test(t, the_node_with_the_most_blocks_is_normal);
	tcase_add_test(t, a_peer_that_boasts_does_not_end_normal);
	tcase_add_test(t, two_nodes_alone_become_normal);
	suite_add_tcase(s, t);
	t = tcase_create("refused");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_node_that_cannot_follow_most_peers_is_not_normal);
	tcase_add_test(t, a_refused_block_is_tried_again_rarely);
	tcase_add_test(t,
	    it_does_not_look_normal_while_peers_are_tried_again);
	tcase_add_test(t, a_block_that_a_few_have_and_we_refuse_changes_nothing);
	tcase_add_test(t, a_block_of_that_number_ends_it);
	tcase_add_test(t, without_votes_most_peers_decide_too);
	tcase_add_test(t, a_peer_that_expired_gives_up_a_dynamic_place_only);
	suite_add_tcase(s, t);
	return run_suite(s);
}
