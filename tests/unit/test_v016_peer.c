/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * Nodes by the rules of 0.16 on loopback: among themselves, with nodes of 8.2,
 * and with a peer that behaves as 0.16 does: it registers once for each
 * connection, and then polls the height and the digest of its own height.
 */
#include "../support/members.h"
#include "../support/v82_peer.h"

#include <string.h>
#include <time.h>

/* Blocks that nodes of both rules accept, or of the chain with shares. */
#define HEIGHT 12
/* Polls of 0.16: one every 30 s. */
#define POLLS 5
/* A timestamp is of now.  Seconds. */
#define NOW_S 120

static struct golden_chain shares;
static struct v82_peer peer;
static struct v82_line line;
static bool serving;

static void
setup(void)
{
	members_setup();
	shares = golden_chain("0.16/chain-g");
	for (int i = 0; i < MEMBERS_MAX; i++) {
		member[i].config.rules = bitmark_rules_0_16();
		member[i].config.digest = golden_digests(&shares,
		    &member_golden);
	}
	v82_init(&peer, &shares, shares.height);
	serving = false;
}

/* The peer serves, and member 0 follows it. */
static void
start_beside_peer(void)
{
	v82_start(&peer);
	serving = true;
	member[0].config.minimum_clients = 1;
	member_connect(0, peer.server.public_key, peer.server.address);
	member_start(0);
}

static void
stop_peer(void)
{
	if (serving)
		v82_stop(&peer);
	serving = false;
}

static void
teardown(void)
{
	members_teardown();
	stop_peer();
	v82_fini(&peer);
	golden_chain_free(&shares);
}

static uint64_t
number_in(size_t frame)
{
	uint64_t number = 0;

	ck_assert_uint_eq(line.reply.frame[frame].size, 8);
	for (size_t i = 0; i < 8; i++)
		number = number << 8 | line.reply.frame[frame].data[i];
	return number;
}

/* R on the event "connected" and again on "handshake succeeded"; an E would
 * leave the peer unregistered for as long as the connection lasts. */
static void
register_twice(void)
{
	for (int i = 0; i < 2; i++) {
		const uint64_t now_s = (uint64_t)time(NULL);

		v82_register(&line, &peer);
		ck_assert_uint_ge(number_in(4) + NOW_S, now_s);
		ck_assert_uint_le(number_in(4), now_s + NOW_S);
	}
}

static void
poll_digest(uint64_t own)
{
	uint8_t number[8] = { 0 };
	const struct bitmark_span parameter = { number, sizeof number };

	number[6] = (uint8_t)(own >> 8);
	number[7] = (uint8_t)own;
	ck_assert_uint_eq(v82_height(&line), shares.height);
	v82_ask(&line, "H", &parameter, 1);
	v82_expect(&line, 0, "H", 1);
	v82_expect(&line, 1, golden_block(&shares, own)->digest,
	    BITMARK_DIGEST_SIZE);
}

/* A node that knows nobody names itself, so that the first reply is a good
 * one. */
START_TEST(a_peer_of_0_16_is_registered_and_votes)
{
	start_beside_peer();
	v82_dial(&line, &peer, member[0].address, member[0].public_key);
	register_twice();
	ck_assert(member_becomes(0, member_in_step, shares.height));
	ck_assert_uint_eq(member_status(0).shares, json_array_size(
	    json_object_get(json_object_get(shares.facts, "shares"),
	    "totals")));
	for (int i = 0; i < POLLS; i++)
		poll_digest(shares.height);
	poll_digest(HEIGHT);
	ck_assert(v82_waits(&peer, &peer.polled, POLLS));
	v82_hang_up(&line);
}
END_TEST

/* Member 0 has the chain already, got from the peer. */
static void
fill_first(void)
{
	start_beside_peer();
	ck_assert(member_becomes(0, member_in_step, shares.height));
	member_stop(0);
	stop_peer();
	member[0].config.connect_count = 0;
	member[0].config.minimum_clients = 0;
}

START_TEST(two_and_three_of_ours_alone_become_normal)
{
	fill_first();
	for (int i = 0; i < _i; i++) {
		for (int k = 0; k < _i; k++)
			if (i != k)
				member_follow(i, k);
		member_start(i);
	}
	for (int i = 0; i < _i; i++)
		ck_assert_msg(member_becomes(i, member_in_step,
		    shares.height), "node %d of %d is not in step", i, _i);
}
END_TEST

/* Rules differ, and the chain is one that both accept. */
START_TEST(nodes_of_both_rules_stay_in_step)
{
	member[0].config.rules = member[1].config.rules = bitmark_rules_8_2();
	member_load(0, HEIGHT);
	for (int i = 0; i < 4; i++) {
		for (int k = 0; k < 4; k++)
			if (i != k)
				member_follow(i, k);
		member_start(i);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_msg(member_becomes(i, member_in_step, HEIGHT),
		    "node %d is not in step", i);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("0.16 peer");
	TCase *tc = tcase_create("0.16 peer");

	tcase_set_timeout(tc, 180);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_peer_of_0_16_is_registered_and_votes);
	tcase_add_loop_test(tc, two_and_three_of_ours_alone_become_normal, 2,
	    4);
	tcase_add_test(tc, nodes_of_both_rules_stay_in_step);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
