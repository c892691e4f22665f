/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* Blocks on their way, from several clients at once. */
#include "../support/connector_host.h"

#include <stdlib.h>
#include <string.h>

#define CYCLE_MS BITMARK_CONNECTOR_CYCLE_MS
#define HEIGHT 10

static struct host_chain theirs;

static void
setup(void)
{
	host_configure(4, HEIGHT);
}

/* The waiting fetch of block ${number}. */
static struct host_work
fetch_of(uint64_t number)
{
	struct host_work work;

	do {
		work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
		if (work.action.fetch.number != number)
			host.work[host.work_count++] = work;
	} while (work.action.fetch.number != number);
	return work;
}

/* A number of a block that ${client} was asked for. */
static uint64_t
asked_of(size_t client)
{
	for (size_t i = 0; i < host.work_count; i++)
		if (host.work[i].action.type == BITMARK_CONNECTOR_ACT_FETCH &&
		    host.work[i].action.client == client)
			return host.work[i].action.fetch.number;
	ck_abort_msg("client %zu was not asked", client);
	return 0;
}

static void
drop_connects(void)
{
	while (host_waiting(BITMARK_CONNECTOR_ACT_CONNECT) > 0)
		(void)host_take(BITMARK_CONNECTOR_ACT_CONNECT);
}

/* Clients that go on from our chain; the first blocks are asked for. */
static void
begin_fetching(uint64_t height)
{
	struct host_work work;

	host_chain_make(&theirs, height, height, 0);
	host_open();
	drop_connects();
	host_all_have(&theirs);
	host_reach_highest_block();
	host_tick(CYCLE_MS);
	work = host_take(BITMARK_CONNECTOR_ACT_FETCH);
	host_do(&work);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FETCH_BLOCKS);
}

START_TEST(blocks_are_asked_ahead_of_all_clients)
{
	size_t of[4] = { 0 };

	begin_fetching(200);
	for (size_t i = 0; i < host.work_count; i++)
		of[host.work[i].action.client]++;
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_ge(of[i], 1);
		ck_assert_uint_le(of[i], BITMARK_UPSTREAM_FETCHES_MAX);
	}
}
END_TEST

START_TEST(blocks_asked_ahead_are_bounded_by_bytes)
{
	host.config.ahead_bytes = 5 * (size_t)BITMARK_BLOCK_MAX;
	begin_fetching(200);
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_FETCH), 5);
}
END_TEST

START_TEST(memory_for_nothing_still_fetches_block_by_block)
{
	host.config.ahead_bytes = 1;
	begin_fetching(60);
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_FETCH), 1);
	host_do_all();
	ck_assert_uint_eq(host.own.height, 60);
}
END_TEST

START_TEST(a_client_is_not_asked_beyond_its_height)
{
	begin_fetching(40);
	for (size_t i = 1; i < 4; i++)
		host_height(i, HEIGHT);
	host_do_all();
	ck_assert_uint_eq(host.own.height, 40);
	ck_assert_uint_eq(host_status().misled, 0);
}
END_TEST

START_TEST(replies_in_any_order_are_stored_in_order)
{
	begin_fetching(22);
	while (host.own.height < 22) {
		struct host_work work = host.work[host.work_count - 1];

		host.work_count--;
		host_do(&work);
	}
	ck_assert_mem_eq(host.own.digest[22], theirs.digest[22],
	    BITMARK_DIGEST_SIZE);
	ck_assert_uint_eq(host.blocks, 12);
}
END_TEST

START_TEST(a_late_or_repeated_reply_is_ignored)
{
	struct host_work work;

	begin_fetching(22);
	work = fetch_of(HEIGHT + 1);
	host_do(&work);
	host_do(&work);
	ck_assert_uint_eq(host_status().late, 1);
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_CHECK), 1);
	work.action.token = 0;
	host_do(&work);
	work.action.token = UINT64_MAX;
	host_do(&work);
	ck_assert_uint_eq(host_status().late, 3);
	host_do_all();
	ck_assert_uint_eq(host.own.height, 22);
}
END_TEST

START_TEST(fetches_of_a_lost_client_are_asked_of_others)
{
	uint64_t number;

	begin_fetching(22);
	number = asked_of(2);
	host_lost(2);
	ck_assert_uint_ne(fetch_of(number).action.token, 0);
	for (size_t i = 0; i < host.work_count; i++)
		if (host.work[i].action.client == 2)
			host.work[i--] = host.work[--host.work_count];
	host_do_all();
	ck_assert_uint_eq(host_status().misled, 0);
	ck_assert_uint_lt(host.own.height, 23);
	for (int i = 0; i < 10 && host.own.height < 22; i++) {
		host_tick(CYCLE_MS);
		host_do_all();
	}
	ck_assert_uint_eq(host.own.height, 22);
}
END_TEST

START_TEST(losing_a_client_again_and_again_does_not_slow_the_others)
{
	size_t waiting;

	begin_fetching(200);
	waiting = host_waiting(BITMARK_CONNECTOR_ACT_FETCH);
	for (int i = 0; i < 50; i++) {
		host_lost(2);
		for (size_t k = 0; k < host.work_count; k++)
			if (host.work[k].action.client == 2)
				host.work[k--] = host.work[--host.work_count];
		host_registered(2);
		host_height(2, 200);
		ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_FETCH),
		    waiting);
	}
}
END_TEST

START_TEST(a_client_that_fails_is_set_aside_and_the_others_go_on)
{
	struct host_work work;
	uint64_t number;

	begin_fetching(22);
	number = asked_of(3);
	work = fetch_of(number);
	host_fail(&work, BITMARK_E_PEER_RESPONSE);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FETCH_BLOCKS);
	ck_assert_uint_eq(host_status().misled, 1);
	host_do_all();
	ck_assert_uint_eq(host.own.height, 22);
	ck_assert(host.update->normal);
}
END_TEST

START_TEST(a_lost_reply_is_asked_for_again)
{
	struct host_work work;

	begin_fetching(22);
	work = fetch_of(asked_of(0));
	host_tick(BITMARK_CONNECTOR_TIMEOUT_MS);
	host_fail(&work, BITMARK_E_TIMEOUT);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FETCH_BLOCKS);
	ck_assert_uint_eq(host_status().misled, 0);
	host_do_all();
	ck_assert_uint_eq(host.own.height, 22);
}
END_TEST

START_TEST(a_client_that_answers_nothing_is_set_aside_at_the_third)
{
	begin_fetching(200);
	host_tick(BITMARK_CONNECTOR_TIMEOUT_MS);
	for (unsigned i = 0; i < 3; i++) {
		struct host_work work = fetch_of(asked_of(3));

		ck_assert_uint_eq(host_status().misled, 0);
		host_fail(&work, BITMARK_E_TIMEOUT);
	}
	ck_assert_uint_eq(host_status().misled, 1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FETCH_BLOCKS);
}
END_TEST

#define LATE_CLIENT 3
#define TOKENS_MAX 2000

/* Do what can be done without the late client, and what it was asked for
 * ${after_ms} ago. */
static void
do_in_time(uint64_t asked_ms[TOKENS_MAX], uint64_t after_ms)
{
	for (size_t i = 0; i < host.work_count; i++) {
		struct host_work work = host.work[i];
		uint64_t *at = &asked_ms[work.action.token];

		if (*at == 0)
			*at = host.now_ms;
		if (work.action.type == BITMARK_CONNECTOR_ACT_FETCH &&
		    work.action.client == LATE_CLIENT &&
		    host.now_ms - *at < after_ms)
			continue;
		memmove(host.work + i, host.work + i + 1,
		    (--host.work_count - i) * sizeof host.work[0]);
		host_do(&work);
		i = SIZE_MAX;           /* from the beginning */
	}
}

/* Fetch ${height} blocks; gives the time that took. */
static uint64_t
fetch_with_one_late(uint64_t height, uint64_t after_ms)
{
	uint64_t asked_ms[TOKENS_MAX] = { 0 }, since_ms;

	begin_fetching(height);
	since_ms = host.now_ms;
	while (host.own.height < height) {
		do_in_time(asked_ms, after_ms);
		host_tick(1000);
		ck_assert_uint_lt(host.now_ms - since_ms, 3600000);
	}
	return host.now_ms - since_ms;
}

START_TEST(a_late_client_holds_up_the_others_only_for_a_moment)
{
	ck_assert_uint_le(fetch_with_one_late(500, 50000),
	    3 * BITMARK_CONNECTOR_LATE_MS);
	ck_assert_uint_eq(host_status().misled, 0);
}
END_TEST

/* All blocks come one by one over a line that is slow. */
START_TEST(a_slow_line_is_not_asked_twice)
{
	begin_fetching(100);
	while (host.own.height < 100) {
		struct host_work work =
		    host_take(BITMARK_CONNECTOR_ACT_FETCH);

		host_do(&work);
		while (host_waiting(BITMARK_CONNECTOR_ACT_FETCH) <
		    host.work_count) {
			work = host_take(host_waiting(
			    BITMARK_CONNECTOR_ACT_CHECK) ?
			    BITMARK_CONNECTOR_ACT_CHECK :
			    BITMARK_CONNECTOR_ACT_APPLY);
			host_do(&work);
		}
		host_tick(2000);
	}
	ck_assert_uint_eq(host.blocks, 100 - HEIGHT);
}
END_TEST

START_TEST(a_late_block_is_taken_from_whoever_sends_it_first)
{
	struct host_work work[2];

	begin_fetching(HEIGHT + 1);
	work[0] = fetch_of(HEIGHT + 1);
	host_tick(BITMARK_CONNECTOR_LATE_MS - 1);
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_FETCH), 0);
	ck_assert_uint_eq(host.update->deadline_ms, host.now_ms + 1);
	host_tick(1);
	work[1] = fetch_of(HEIGHT + 1);
	ck_assert_uint_ne(work[0].action.client, work[1].action.client);
	host_tick(BITMARK_CONNECTOR_LATE_MS);
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_FETCH), 0);
	host_do(&work[_i]);
	host_do_all();
	ck_assert_uint_eq(host.own.height, HEIGHT + 1);
	host_do(&work[1 - _i]);
	ck_assert_uint_eq(host_status().late, 1);
}
END_TEST

START_TEST(one_of_two_clients_asked_for_a_block_may_fail)
{
	struct host_work work[2];

	begin_fetching(HEIGHT + 1);
	work[0] = fetch_of(HEIGHT + 1);
	host_tick(BITMARK_CONNECTOR_LATE_MS);
	work[1] = fetch_of(HEIGHT + 1);
	if (_i < 2)
		host_fail(&work[_i], BITMARK_E_TIMEOUT);
	else
		host_lost(work[_i - 2].action.client);
	/* The other clients have been asked for the blocks of the failed one;
	 * those fetches are not needed. */
	while (host_waiting(BITMARK_CONNECTOR_ACT_FETCH) > 0)
		(void)host_take(BITMARK_CONNECTOR_ACT_FETCH);
	if (host_state() == BITMARK_CONNECTOR_FETCH_BLOCKS) {
		host_do(&work[1 - _i % 2]);
		host_do_all();
		ck_assert_uint_eq(host.own.height, HEIGHT + 1);
	} else {
		/* It was the one that is followed. */
		ck_assert_int_eq(_i, 2);
	}
}
END_TEST

START_TEST(a_client_that_withholds_one_block_is_set_aside_in_the_end)
{
	struct host_work work;

	begin_fetching(HEIGHT + 1);
	for (size_t i = 1; i < 4; i++)
		host_lost(i);
	work = fetch_of(HEIGHT + 1);
	host_tick(BITMARK_CONNECTOR_TIMEOUT_MS - 1);
	host_fail(&work, BITMARK_E_TIMEOUT);
	ck_assert_uint_eq(host_status().misled, 0);
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_FETCH), 1);
	host_tick(CYCLE_MS + 1);
	ck_assert_uint_eq(host_status().misled, 1);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
}
END_TEST

START_TEST(bad_contents_blame_their_sender_and_are_fetched_elsewhere)
{
	struct host_work work;

	begin_fetching(22);
	while (host_waiting(BITMARK_CONNECTOR_ACT_APPLY) == 0 ||
	    host_waiting(BITMARK_CONNECTOR_ACT_FETCH) > 0) {
		work = host_take(host_waiting(BITMARK_CONNECTOR_ACT_FETCH) ?
		    BITMARK_CONNECTOR_ACT_FETCH : BITMARK_CONNECTOR_ACT_CHECK);
		host_do(&work);
	}
	work = host_take(BITMARK_CONNECTOR_ACT_APPLY);
	host_fail(&work, BITMARK_E_MERKLE);
	ck_assert_uint_eq(host_status().misled, 1);
	for (int i = 0; i < 3; i++) {
		host_do_all();
		host_tick(CYCLE_MS);
	}
	ck_assert_uint_eq(host.own.height, 22);
}
END_TEST

/* Every block that is asked for lies ahead of our clock, for ${cycles}. */
static void
all_lies_ahead(int cycles)
{
	for (int i = 0; i < cycles; i++) {
		while (host.work_count > 0) {
			struct host_work work = host.work[0];

			(void)host_take(work.action.type);
			if (work.action.type == BITMARK_CONNECTOR_ACT_CHECK)
				host_fail(&work, BITMARK_E_HEADER_TIMESTAMP);
			else
				host_do(&work);
		}
		host_tick(CYCLE_MS);
	}
}

/* Our clock is behind by less than what it takes until they are set aside no
 * more: v8.2 tries again each cycle, and so do we. */
START_TEST(future_blocks_that_all_clients_have_are_tried_each_cycle)
{
	begin_fetching(HEIGHT + 1);
	all_lies_ahead(8);
	ck_assert(!host.update->normal);
	for (int i = 0; i < 3; i++) {
		host_do_all();
		host_tick(CYCLE_MS);
	}
	ck_assert_uint_eq(host.own.height, HEIGHT + 1);
	ck_assert(host.update->normal);
}
END_TEST

START_TEST(a_client_that_alone_has_future_blocks_is_set_aside)
{
	begin_fetching(HEIGHT + 1);
	for (size_t i = 1; i < 4; i++)
		host_height(i, HEIGHT);
	all_lies_ahead(2);
	ck_assert(host.update->normal);
	all_lies_ahead(10);
	ck_assert_uint_eq(host_status().misled, 1);
}
END_TEST

START_TEST(a_full_disk_blames_nobody_and_rests)
{
	struct host_work work;

	begin_fetching(22);
	while (host_waiting(BITMARK_CONNECTOR_ACT_APPLY) == 0) {
		work = host.work[0];
		(void)host_take(work.action.type);
		host_do(&work);
	}
	work = host_take(BITMARK_CONNECTOR_ACT_APPLY);
	host_fail(&work, BITMARK_E_STORE_FULL);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
	ck_assert_uint_eq(host_status().misled, 0);
	ck_assert_uint_eq(host.update->deadline_ms, host.now_ms + CYCLE_MS);
}
END_TEST

START_TEST(a_client_on_another_branch_is_passed_over_but_not_blamed)
{
	struct host_chain other;

	host_chain_make(&other, HEIGHT, 20, 5);
	begin_fetching(22);
	host.of[1] = &other;
	host.of[2] = &other;
	host_do_all();
	ck_assert_uint_eq(host.own.height, 22);
	ck_assert_mem_eq(host.own.digest[22], theirs.digest[22],
	    BITMARK_DIGEST_SIZE);
}
END_TEST

/* The block does not follow our top, or does not follow a block that is checked
 * and waits. */
START_TEST(a_block_that_is_known_not_to_follow_is_not_hashed_D_18)
{
	static struct host_chain other;
	const uint64_t before = HEIGHT + 2 * (uint64_t)_i;
	struct host_work work;

	host_chain_make(&other, before - 1, 22, 5);
	begin_fetching(22);
	if (before > HEIGHT) {
		work = fetch_of(before);
		host_do(&work);
		work = host_take(BITMARK_CONNECTOR_ACT_CHECK);
		host_do(&work);
	}
	work = fetch_of(before + 1);
	host.of[work.action.client] = &other;
	host_do(&work);
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_CHECK), 0);
	ck_assert_uint_eq(host.own.height, HEIGHT);
}
END_TEST

START_TEST(blocks_stored_by_others_meanwhile_are_skipped)
{
	struct host_work work;

	begin_fetching(22);
	host_chain_make(&host.own, 15, 15, 0);
	while (host.work_count > 0) {
		work = host.work[0];
		(void)host_take(work.action.type);
		host_do(&work);
	}
	ck_assert_uint_eq(host.own.height, 22);
	ck_assert_uint_eq(host_status().misled, 0);
}
END_TEST

START_TEST(a_block_with_another_number_is_refused)
{
	struct host_work work;
	uint64_t number;

	begin_fetching(22);
	number = asked_of(3);
	work = fetch_of(number);
	work.action.fetch.number = number + 1;
	host_do(&work);
	ck_assert_uint_eq(host_status().misled, 1);
	ck_assert_uint_eq(host_waiting(BITMARK_CONNECTOR_ACT_CHECK), 0);
}
END_TEST

START_TEST(a_block_of_any_length_below_a_header_is_refused)
{
	struct host_work work;
	uint64_t number;

	begin_fetching(22);
	number = asked_of(3);
	work = fetch_of(number);
	host_step(&(struct bitmark_connector_event){
	    .type = BITMARK_CONNECTOR_EV_FETCHED, .token = work.action.token,
	    .client = 3, .data = { theirs.header[number], (size_t)_i } });
	ck_assert_uint_eq(host_status().misled, 1);
}
END_TEST

/* A second one, which is not wanted any more, is freed: a sanitizer sees it. */
START_TEST(a_block_that_is_handed_over_with_its_memory_is_not_copied)
{
	for (int i = 0; i < 2; i++) {
		uint8_t *memory = malloc(BITMARK_HEADER_SIZE);
		static struct host_work work;
		uint64_t number;

		ck_assert_ptr_nonnull(memory);
		if (i == 0) {
			begin_fetching(22);
			number = asked_of(3);
			work = fetch_of(number);
			memcpy(memory, theirs.header[number],
			    BITMARK_HEADER_SIZE);
		}
		host_step(&(struct bitmark_connector_event){
		    .type = BITMARK_CONNECTOR_EV_FETCHED,
		    .token = work.action.token, .client = 3,
		    .data = { memory, BITMARK_HEADER_SIZE },
		    .memory = memory });
		if (i == 0)
			ck_assert_ptr_eq(host.update->action[0]->block.data,
			    memory);
	}
	ck_assert_uint_eq(host_status().late, 1);
}
END_TEST

START_TEST(the_best_client_is_chosen_anew_after_200_blocks)
{
	begin_fetching(450);
	host_do_all();
	ck_assert_uint_eq(host.digests, 3);
	ck_assert_uint_eq(host.own.height, 450);
	ck_assert_uint_eq(host_status().applied, 440);
}
END_TEST

START_TEST(neighbours_are_asked_for_while_blocks_are_fetched)
{
	size_t before;

	host.config.dynamic = true;
	begin_fetching(200);
	ck_assert_uint_eq(host.reconnects, 1);
	for (size_t i = 2; i < bitmark_connector_clients(host.connector); i++)
		host_lost(i);
	before = host.reconnects;
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_le(host.update->deadline_ms,
		    host.now_ms + CYCLE_MS);
		host_tick(CYCLE_MS);
	}
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_FETCH_BLOCKS);
	ck_assert_uint_eq(host.reconnects, before + 4);
}
END_TEST

START_TEST(a_lost_client_that_is_followed_makes_the_cycle_begin_again)
{
	begin_fetching(22);
	host_lost(0);
	ck_assert_int_eq(host_state(), BITMARK_CONNECTOR_HIGHEST_BLOCK);
	host.work_count = 0;
	host_tick(CYCLE_MS);
	host_do_all();
	ck_assert_uint_eq(host.own.height, 22);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("connector_fetch");
	TCase *t = tcase_create("fetch");

	tcase_add_checked_fixture(t, setup, host_close);
	tcase_add_test(t, blocks_are_asked_ahead_of_all_clients);
	tcase_add_test(t,
	    a_block_that_is_handed_over_with_its_memory_is_not_copied);
	tcase_add_test(t, blocks_asked_ahead_are_bounded_by_bytes);
	tcase_add_test(t, memory_for_nothing_still_fetches_block_by_block);
	tcase_add_test(t, a_client_is_not_asked_beyond_its_height);
	tcase_add_test(t, replies_in_any_order_are_stored_in_order);
	tcase_add_test(t, a_late_or_repeated_reply_is_ignored);
	tcase_add_test(t, fetches_of_a_lost_client_are_asked_of_others);
	tcase_add_test(t,
	    losing_a_client_again_and_again_does_not_slow_the_others);
	tcase_add_test(t,
	    a_client_that_fails_is_set_aside_and_the_others_go_on);
	tcase_add_test(t, a_lost_reply_is_asked_for_again);
	tcase_add_test(t,
	    a_client_that_answers_nothing_is_set_aside_at_the_third);
	tcase_add_test(t, a_slow_line_is_not_asked_twice);
	tcase_add_loop_test(t,
	    a_late_block_is_taken_from_whoever_sends_it_first, 0, 2);
	tcase_add_loop_test(t, one_of_two_clients_asked_for_a_block_may_fail, 0, 4);
	tcase_add_test(t,
	    a_late_client_holds_up_the_others_only_for_a_moment);
	tcase_add_test(t, a_client_that_withholds_one_block_is_set_aside_in_the_end);
	tcase_add_test(t,
	    bad_contents_blame_their_sender_and_are_fetched_elsewhere);
	tcase_add_test(t,
	    future_blocks_that_all_clients_have_are_tried_each_cycle);
	tcase_add_test(t, a_client_that_alone_has_future_blocks_is_set_aside);
	tcase_add_test(t, a_full_disk_blames_nobody_and_rests);
	tcase_add_test(t,
	    a_client_on_another_branch_is_passed_over_but_not_blamed);
	tcase_add_loop_test(t,
	    a_block_that_is_known_not_to_follow_is_not_hashed_D_18, 0, 2);
	tcase_add_test(t, blocks_stored_by_others_meanwhile_are_skipped);
	tcase_add_test(t, a_block_with_another_number_is_refused);
	tcase_add_loop_test(t,
	    a_block_of_any_length_below_a_header_is_refused, 0,
	    BITMARK_HEADER_SIZE);
	tcase_add_test(t, the_best_client_is_chosen_anew_after_200_blocks);
	tcase_add_test(t,
	    neighbours_are_asked_for_while_blocks_are_fetched);
	tcase_add_test(t,
	    a_lost_client_that_is_followed_makes_the_cycle_begin_again);
	suite_add_tcase(s, t);
	return run_suite(s);
}
