/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Following a made-up chain of a currency: forks, restarts, and daemons that
 * fail in many ways.  There are no sockets, and the test sets the clock.
 */
#include "../support/played_chain.h"
#include "../support/vectors.h"

#include <bitmarkpeer/codec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "payment.h"

#define START_S 1700000000
#define LOOK_BACK_S (72 * 3600)
#define TOLD_MAX 4096
/* Requests in one check that are certainly too many. */
#define REQUESTS_MAX 5000

static struct played chain;
static struct payment_follow follow;
static struct payment_follow_config config;
static uint64_t now_ms, now_s;
static unsigned asked, told[256];       /* by the first byte of the pay id */
static bitmark_status refusal;

static bitmark_status
take(void *user, const struct payment *p)
{
	(void)user;
	if (refusal == BITMARK_OK)
		told[p->pay_id[0]]++;
	return refusal;
}

/* A block with a payment whose pay id has ${number} as its first byte. */
static size_t
mine_payment(unsigned number)
{
	char script[101];

	snprintf(script, sizeof script, "6a30%02x%094d", number, 0);
	return played_mine(&chain, played_payment(script,
	    "mwgEoqndQQQMQnZMEXgw6kBeUxBNi2FAK8", "0.00020000"));
}

static void
setup(void)
{
	played_init(&chain, "regtest", 1, START_S);
	config = (struct payment_follow_config){
		.currency = BITMARK_CURRENCY_BITCOIN, .chain = "regtest",
		.confirmations = 3, .look_back_s = LOOK_BACK_S,
		.interval_ms = PAYMENT_INTERVAL_MS, .each = take };
	payment_follow_init(&follow, &config);
	now_ms = 5;
	now_s = START_S;
	memset(told, 0, sizeof told);
	refusal = BITMARK_OK;
}

static void
teardown(void)
{
	played_free(&chain);
}

/* One request, answered by the chain; false: nothing is asked for. */
static bool
one_request(void)
{
	struct payment_answer a = { .now_ms = now_ms, .now_s = now_s };
	char path[PAYMENT_PATH_MAX], *text;

	if (!payment_follow_next(&follow, now_ms, path))
		return false;
	text = played_answer(&chain, path, &a.status);
	a.text = text;
	a.size = strlen(text);
	payment_follow_answer(&follow, &a);
	free(text);
	asked++;
	return true;
}

/* Until it waits. */
static void
check(void)
{
	asked = 0;
	if (now_ms < follow.wake_ms)
		now_ms = follow.wake_ms;
	while (one_request())
		ck_assert_uint_lt(asked, REQUESTS_MAX);
	ck_assert_uint_gt(follow.wake_ms, now_ms);
}

/* The next answer is this. */
static void
answer_with(const char *text, long status)
{
	struct payment_answer a = { .now_ms = now_ms, .now_s = now_s,
		.status = status, .text = text, .size = strlen(text) };
	char path[PAYMENT_PATH_MAX];

	ck_assert(payment_follow_next(&follow, now_ms, path));
	payment_follow_answer(&follow, &a);
}

static void
restart(void)
{
	config.place = follow.place;
	payment_follow_init(&follow, &config);
}

/* --- payments ------------------------------------------------------------- */

START_TEST(S_25_a_payment_counts_when_it_is_deep_enough)
{
	played_mine_many(&chain, 5);
	(void)mine_payment(1);
	check();
	ck_assert_uint_eq(told[1], 0);
	(void)played_mine(&chain, NULL);
	check();
	ck_assert_uint_eq(told[1], 0);
	(void)played_mine(&chain, NULL);
	check();
	ck_assert_uint_eq(told[1], 1);
	ck_assert_str_eq(follow.reason, "");
	/* Blocks on blocks that have been looked through cost nothing. */
	check();
	ck_assert_uint_eq(asked, 1);
	ck_assert_uint_eq(told[1], 1);
}
END_TEST

START_TEST(the_first_run_goes_back_as_far_as_payments_are_waited_for)
{
	const unsigned kept = LOOK_BACK_S / PLAYED_PACE_S;

	for (unsigned i = 1; i <= 200; i++)
		(void)mine_payment(1);
	for (unsigned i = 1; i <= kept; i++)
		(void)mine_payment(2);
	played_mine_many(&chain, 2);
	now_s = chain.block[chain.tip].time_s;
	check();
	ck_assert_uint_eq(told[2], kept);
	ck_assert_uint_eq(told[1], 0);
	ck_assert_uint_eq(follow.place.height, 200 + kept);
}
END_TEST

START_TEST(many_blocks_that_came_at_once_are_all_looked_through)
{
	played_mine_many(&chain, 10);
	check();
	for (unsigned i = 0; i < 100; i++)
		(void)mine_payment(i);
	played_mine_many(&chain, 2);
	check();
	for (unsigned i = 0; i < 100; i++)
		ck_assert_uint_eq(told[i], 1);
	/* One request for each, with two blocks before them, and two to
	 * begin with. */
	ck_assert_uint_eq(asked, 104);
}
END_TEST

START_TEST(a_payment_that_could_not_be_handed_over_is_tried_again)
{
	played_mine_many(&chain, 10);
	check();
	(void)mine_payment(1);
	(void)mine_payment(2);
	played_mine_many(&chain, 2);
	refusal = BITMARK_E_STORE_FULL;
	check();
	ck_assert_str_eq(follow.reason, bitmark_strerror(refusal));
	ck_assert_uint_eq(follow.place.height, 10);
	refusal = BITMARK_OK;
	check();
	ck_assert_uint_eq(told[1] + told[2], 2);
}
END_TEST

/* A payment_fn: busy before every second payment. */
static bitmark_status
take_every_second(void *user, const struct payment *p)
{
	static bool is_busy;

	is_busy = !is_busy;
	return is_busy ? BITMARK_E_BUSY : take(user, p);
}

START_TEST(a_block_of_many_payments_is_told_in_parts)
{
	char *both = malloc(8192), *one;
	struct payment_answer a = { .status = 200 };
	char path[PAYMENT_PATH_MAX], *text, script[101];
	unsigned turns = 1;

	both[0] = '\0';
	for (unsigned i = 0; i < 5; i++) {
		snprintf(script, sizeof script, "6a30%02x%094d", 40 + i, 0);
		one = played_payment(script, "mA", "0.1");
		strcat(both, i > 0 ? "," : "");
		strcat(both, one);
		free(one);
	}
	(void)played_mine(&chain, both);
	config.each = take_every_second;
	payment_follow_init(&follow, &config);
	played_mine_many(&chain, 2);
	while (!follow.is_partly)
		ck_assert(one_request());
	ck_assert(payment_follow_next(&follow, now_ms, path));
	text = played_answer(&chain, path, &a.status);
	a.text = text;
	a.size = strlen(text);
	for (; follow.is_partly; turns++)
		payment_follow_answer(&follow, &a);
	ck_assert_uint_eq(turns, 6);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(told[40 + i], 1);
	free(text);
	check();
	ck_assert_uint_eq(follow.place.height, 1);
	ck_assert_str_eq(follow.reason, "");
}
END_TEST

/* --- forks ---------------------------------------------------------------- */

START_TEST(S_24_a_fork_of_one_block_is_followed)
{
	size_t fork;

	played_mine_many(&chain, 9);
	fork = chain.tip;
	(void)mine_payment(1);
	check();
	played_fork(&chain, fork);
	(void)mine_payment(2);
	played_mine_many(&chain, 3);
	check();
	ck_assert_uint_eq(told[1], 0);
	ck_assert_uint_eq(told[2], 1);
}
END_TEST

/* ${depth} blocks that were looked through are replaced by others and one
 * more. */
static void
fork_at(unsigned depth)
{
	size_t fork;

	played_mine_many(&chain, 5);
	fork = chain.tip;
	for (unsigned i = 0; i < depth; i++)
		(void)mine_payment(1);
	played_mine_many(&chain, 2);
	check();
	ck_assert_uint_eq(told[1], depth);
	played_fork(&chain, fork);
	for (unsigned i = 0; i < depth + 1; i++)
		(void)mine_payment(2);
	played_mine_many(&chain, 2);
}

START_TEST(S_24_forks_of_any_depth_are_followed)
{
	static const unsigned depths[] = { 1, 2, 3, 4, 10, 100, 1000 };
	const unsigned depth = depths[_i];

	fork_at(depth);
	check();
	ck_assert_uint_eq(told[2], depth + 1);
	ck_assert_uint_eq(follow.left, depth);
	ck_assert_str_eq(follow.place.hash, chain.block[played_at(&chain,
	    5 + depth + 1)].hash);
}
END_TEST

START_TEST(S_24_a_fork_while_this_program_was_not_running_is_followed)
{
	fork_at(20);
	restart();
	check();
	ck_assert_uint_eq(told[2], 21);
	ck_assert_uint_eq(follow.left, 20);
}
END_TEST

START_TEST(S_24_a_branch_with_fewer_blocks_is_followed)
{
	size_t fork;

	played_mine_many(&chain, 5);
	fork = chain.tip;
	played_mine_many(&chain, 30);
	check();
	played_fork(&chain, fork);
	(void)mine_payment(2);
	played_mine_many(&chain, 2);
	check();
	ck_assert_uint_eq(told[2], 1);
	ck_assert_uint_eq(follow.place.height, 6);
}
END_TEST

START_TEST(S_24_another_chain_altogether_is_followed)
{
	played_mine_many(&chain, 30);
	check();
	played_free(&chain);
	played_init(&chain, "regtest", 2, START_S);
	(void)mine_payment(2);
	played_mine_many(&chain, 40);
	check();
	ck_assert_uint_eq(told[2], 1);
	ck_assert_uint_eq(follow.place.height, 39);
}
END_TEST

START_TEST(a_chain_that_changes_while_it_is_read_is_read_in_the_end)
{
	size_t fork;

	played_mine_many(&chain, 5);
	fork = chain.tip;
	played_mine_many(&chain, 5);
	check();
	for (unsigned steps = 0; steps < 8; steps++) {
		(void)mine_payment(1);
		played_mine_many(&chain, 4);
		now_ms = follow.wake_ms;
		for (unsigned i = 0; i < steps; i++)
			(void)one_request();
		played_fork(&chain, fork);
		played_mine_many(&chain, 20 * (steps + 1));
		(void)mine_payment(10 + steps);
		played_mine_many(&chain, 2);
		for (unsigned i = 0; i < 4; i++)
			check();
		ck_assert_uint_eq(told[10 + steps], 1);
		ck_assert_uint_eq(follow.place.height,
		    chain.block[chain.tip].height - 2);
	}
}
END_TEST

/* --- restarts ------------------------------------------------------------- */

START_TEST(a_restart_goes_on_where_it_stopped)
{
	played_mine_many(&chain, 300);
	now_s = chain.block[chain.tip].time_s;
	check();
	(void)mine_payment(1);
	played_mine_many(&chain, 2);
	restart();
	check();
	ck_assert_uint_eq(told[1], 1);
	ck_assert_uint_eq(follow.blocks, 3);
	ck_assert_uint_le(asked, 5);
}
END_TEST

START_TEST(a_restart_after_a_long_time_looks_no_further_back_than_others)
{
	played_mine_many(&chain, 10);
	now_s = chain.block[chain.tip].time_s;
	check();
	(void)mine_payment(1);
	played_mine_many(&chain, 2 * LOOK_BACK_S / PLAYED_PACE_S);
	(void)mine_payment(2);
	played_mine_many(&chain, 2);
	now_s = chain.block[chain.tip].time_s;
	restart();
	check();
	ck_assert_uint_eq(told[1], 0);
	ck_assert_uint_eq(told[2], 1);
	ck_assert_uint_le(follow.blocks, LOOK_BACK_S / PLAYED_PACE_S + 2);
}
END_TEST

START_TEST(a_place_that_the_daemon_does_not_know_is_left)
{
	(void)mine_payment(1);
	played_mine_many(&chain, 10);
	memset(config.place.hash, 'f', PAYMENT_HASH_TEXT);
	config.place.height = 4;
	payment_follow_init(&follow, &config);
	check();
	ck_assert_uint_eq(told[1], 1);
	ck_assert_uint_eq(follow.place.height, 9);
}
END_TEST

/* --- daemons that differ -------------------------------------------------- */

START_TEST(a_daemon_that_knows_no_heights_is_followed)
{
	chain.knows_no_heights = true;
	played_mine_many(&chain, 10);
	check();
	for (unsigned i = 0; i < 5; i++)
		(void)mine_payment(i);
	played_mine_many(&chain, 2);
	check();
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(told[i], 1);
	ck_assert_str_eq(follow.reason, "");
	memset(told, 0, sizeof told);
	fork_at(7);
	check();
	ck_assert_uint_eq(told[2], 8);
}
END_TEST

START_TEST(blocks_that_were_pruned_end_the_way_back)
{
	for (unsigned i = 0; i < 30; i++)
		(void)mine_payment(i);
	played_mine_many(&chain, 2);
	chain.pruned = 21;
	check();
	ck_assert_str_eq(follow.reason, "");
	ck_assert_uint_eq(told[19], 0);
	ck_assert_uint_eq(told[20], 1);
	/* What was pruned before it was read is no end either. */
	for (unsigned i = 0; i < 30; i++)
		(void)mine_payment(30 + i);
	played_mine_many(&chain, 2);
	chain.pruned = 41;
	check();
	ck_assert_uint_eq(told[59], 1);
}
END_TEST

START_TEST(the_daemon_of_another_chain_is_refused)
{
	static const char *const others[] = { "main", "test", "signet", "" };

	(void)mine_payment(1);
	played_mine_many(&chain, 10);
	for (size_t i = 0; i < 4; i++) {
		chain.chain = others[i];
		check();
		ck_assert_ptr_nonnull(strstr(follow.reason, "not on 'regtest'"));
	}
	ck_assert_uint_eq(told[1], 0);
	chain.chain = "regtest";
	check();
	ck_assert_uint_eq(told[1], 1);
}
END_TEST

START_TEST(a_chain_of_few_blocks_is_waited_for)
{
	for (unsigned i = 0; i < 5; i++) {
		check();
		ck_assert_str_eq(follow.reason, "");
		(void)mine_payment(i);
	}
	check();
	ck_assert_uint_eq(told[0] + told[1] + told[2], 3);
	ck_assert_uint_eq(told[3] + told[4], 0);
}
END_TEST

/* --- failures ------------------------------------------------------------- */

START_TEST(S_23_failures_are_tried_again_later_each_time)
{
	static const uint64_t waits[] = { 5000, 10000, 20000, 40000, 80000,
		160000, 300000, 300000 };
	struct payment_answer a = { .failure = "nobody is there" };
	char path[PAYMENT_PATH_MAX];

	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		ck_assert(payment_follow_next(&follow, now_ms, path));
		a.now_ms = now_ms;
		payment_follow_answer(&follow, &a);
		ck_assert_str_eq(follow.reason, "nobody is there");
		ck_assert_uint_eq(follow.wake_ms - now_ms, waits[i]);
		ck_assert(!payment_follow_next(&follow, follow.wake_ms - 1,
		    path));
		now_ms = follow.wake_ms;
	}
	(void)mine_payment(1);
	played_mine_many(&chain, 3);
	check();
	ck_assert_uint_eq(told[1], 1);
	ck_assert_str_eq(follow.reason, "");
	ck_assert_uint_eq(follow.wake_ms - now_ms, PAYMENT_INTERVAL_MS);
}
END_TEST

START_TEST(a_failure_at_any_request_loses_nothing)
{
	static const char *const answers[] = { "", "{}", "garbage",
		"{\"blocks\":\"x\"}", "[]" };
	static const long statuses[] = { 200, 503, 401, 302 };

	for (unsigned i = 0; i < 20; i++)
		(void)mine_payment(1);
	played_mine_many(&chain, 2);
	for (size_t i = 0; follow.place.height < 20; i++) {
		ck_assert_uint_lt(i, 1000);
		now_ms = follow.wake_ms;
		answer_with(answers[i % 5], statuses[i % 4]);
		ck_assert_str_ne(follow.reason, "");
		now_ms = follow.wake_ms;
		(void)one_request();
		(void)one_request();
		if (follow.state == PAYMENT_IDLE)
			continue;
		answer_with("", 503);
	}
	ck_assert_uint_eq(told[1], 20);
	ck_assert_uint_eq(follow.passed, 0);
}
END_TEST

/* Requests up to the one for this block. */
static bool
asks_for(size_t place)
{
	char path[PAYMENT_PATH_MAX];

	if (!payment_follow_next(&follow, now_ms, path)) {
		now_ms = follow.wake_ms;
		return false;
	}
	if (strstr(path, chain.block[place].hash) != NULL)
		return true;
	(void)one_request();
	return false;
}

START_TEST(a_block_that_is_never_understood_is_passed_over)
{
	struct payment_answer a = { .failure = "too long", .is_too_long = true };
	size_t bad;

	played_mine_many(&chain, 10);
	check();
	bad = mine_payment(1);
	(void)mine_payment(2);
	played_mine_many(&chain, 2);
	for (unsigned i = 0; i < PAYMENT_TRIES_MAX; i++) {
		ck_assert_uint_eq(told[2], 0);
		ck_assert_uint_eq(follow.passed, 0);
		while (!asks_for(bad))
			;
		a.now_ms = now_ms;
		if (i % 2 == 0)
			payment_follow_answer(&follow, &a);
		else
			answer_with("{\"hash\":\"no\"}", 200);
	}
	ck_assert_uint_eq(follow.passed, 1);
	check();
	ck_assert_uint_eq(told[1], 0);
	ck_assert_uint_eq(told[2], 1);
}
END_TEST

START_TEST(the_answer_about_another_block_is_none)
{
	char path[PAYMENT_PATH_MAX], *text;
	long status;

	(void)mine_payment(1);
	played_mine_many(&chain, 10);
	ck_assert(one_request());
	ck_assert(payment_follow_next(&follow, now_ms, path));
	snprintf(path, sizeof path, "block/%s.json", chain.block[1].hash);
	text = played_answer(&chain, path, &status);
	answer_with(text, 200);
	free(text);
	ck_assert_str_eq(follow.reason, "a block is not understood");
	ck_assert_uint_eq(told[1], 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("following a currency");
	TCase *tc = tcase_create("follow");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, S_25_a_payment_counts_when_it_is_deep_enough);
	tcase_add_test(tc,
	    the_first_run_goes_back_as_far_as_payments_are_waited_for);
	tcase_add_test(tc,
	    many_blocks_that_came_at_once_are_all_looked_through);
	tcase_add_test(tc,
	    a_payment_that_could_not_be_handed_over_is_tried_again);
	tcase_add_test(tc, a_block_of_many_payments_is_told_in_parts);
	tcase_add_test(tc, S_24_a_fork_of_one_block_is_followed);
	tcase_add_loop_test(tc, S_24_forks_of_any_depth_are_followed, 0, 7);
	tcase_add_test(tc,
	    S_24_a_fork_while_this_program_was_not_running_is_followed);
	tcase_add_test(tc, S_24_a_branch_with_fewer_blocks_is_followed);
	tcase_add_test(tc, S_24_another_chain_altogether_is_followed);
	tcase_add_test(tc,
	    a_chain_that_changes_while_it_is_read_is_read_in_the_end);
	tcase_add_test(tc, a_restart_goes_on_where_it_stopped);
	tcase_add_test(tc,
	    a_restart_after_a_long_time_looks_no_further_back_than_others);
	tcase_add_test(tc, a_place_that_the_daemon_does_not_know_is_left);
	tcase_add_test(tc, a_daemon_that_knows_no_heights_is_followed);
	tcase_add_test(tc, blocks_that_were_pruned_end_the_way_back);
	tcase_add_test(tc, the_daemon_of_another_chain_is_refused);
	tcase_add_test(tc, a_chain_of_few_blocks_is_waited_for);
	tcase_add_test(tc, S_23_failures_are_tried_again_later_each_time);
	tcase_add_test(tc, a_failure_at_any_request_loses_nothing);
	tcase_add_test(tc, a_block_that_is_never_understood_is_passed_over);
	tcase_add_test(tc, the_answer_about_another_block_is_none);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
