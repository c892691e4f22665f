/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/*
 * A node and a v8.2 peer made of raw sockets: what the peer sends has its
 * effect and is passed on, and whatever it does the node serves others and
 * follows those that are honest.
 */
#include "../support/members.h"
#include "../support/reservoirs.h"
#include "../support/v82_peer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A reply "at once", on a busy machine.  Milliseconds. */
#define PROMPT_MS 2000
/* Blocks that the node has, or that it is to fetch. */
#define HEIGHT 12
/* The time that a slow peer takes for each block. */
#define PAUSE_MS 400
/* The time that a late peer takes for each reply: longer than a test waits. */
#define LATE_MS 5000
/* More than it has. */
#define LIE 1000000

/* Places in tests/data/reservoir.json: an asset, an issue of it, and its proof;
 * and a transfer. */
#define PROOFS 3
#define PROOF_ASSET 0
#define PROOF_ISSUE 1
#define PROOF 4
#define TRANSFERS 4

static struct v82_peer peer;
static struct v82_line line;
static bool dialled;

static void
setup(void)
{
	members_setup();
	v82_init(&peer, &member_golden, member_golden.height);
	v82_start(&peer);
	dialled = false;
}

static void
teardown(void)
{
	if (dialled)
		v82_hang_up(&line);
	members_teardown();
	v82_stop(&peer);
	v82_fini(&peer);
}

/* One registered peer is enough, whichever of them it is. */
static void
follow_peer(int i)
{
	member[i].config.minimum_clients = 1;
	member_connect(i, peer.server.public_key, peer.server.address);
}

static void
dial(int i)
{
	v82_dial(&line, &peer, member[i].address, member[i].public_key);
	dialled = true;
}

/* Node 0, with the whole chain, in step and registered with the peer; the
 * peer has a line to it. */
static void
start_beside(uint64_t height)
{
	member_load(0, height);
	peer.height = peer.claimed = height;
	follow_peer(0);
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, height));
	ck_assert(member_becomes(0, member_has_peers, 1));
	dial(0);
}

/* The peer answers slowly or not at all: a stranger is served at once. */
static void
expect_prompt(int i)
{
	const struct bitmark_span ask[] = {
		{ (const uint8_t *)"local", 5 }, { (const uint8_t *)"N", 1 },
	};

	if (!dialled)
		dial(i);
	for (int k = 0; k < 5; k++) {
		ck_assert(v82_request(&line, ask, 2, PROMPT_MS));
		v82_expect(&line, 0, "N", 1);
	}
}

START_TEST(a_peer_registers_is_told_of_peers_and_polls_D_12)
{
	struct v82_peer second;
	struct v82_line other;

	v82_init(&second, &member_golden, 1);
	v82_start(&second);
	member_load(0, HEIGHT);
	member_start(0);
	dial(0);
	/* The node knows no third peer, and names itself. */
	v82_register(&line, &peer);
	v82_expect(&line, 2, member[0].public_key, BITMARK_PEER_KEY_SIZE);
	ck_assert(member_becomes(0, member_knows, 2));
	v82_dial(&other, &second, member[0].address, member[0].public_key);
	v82_register(&other, &second);
	v82_expect(&other, 2, peer.server.public_key, BITMARK_PEER_KEY_SIZE);
	v82_expect(&other, 3, peer.packed_address,
	    sizeof peer.packed_address);
	v82_hang_up(&other);
	ck_assert(member_becomes(0, member_knows, 3));
	ck_assert_uint_eq(v82_height(&line), HEIGHT);
	v82_stop(&second);
	v82_fini(&second);
}
END_TEST

START_TEST(a_node_registers_with_a_peer_that_knows_no_third_and_polls_D_12)
{
	follow_peer(0);
	member_start(0);
	ck_assert(member_becomes(0, member_has_peers, 1));
	ck_assert(v82_waits(&peer, &peer.polled, 3));
	ck_assert(member_becomes(0, member_in_step, member_golden.height));
	ck_assert_uint_ge(peer.served, member_golden.height - 1);
}
END_TEST

/* The bytes of an operation, pushed and passed on. */
static void
push_operation(const char *command, unsigned scenario, size_t operation)
{
	struct bitmark_span data;
	uint8_t *bytes = operation_bytes(reservoir_operation(scenario,
	    operation), &data.size);

	data.data = bytes;
	v82_push(&line, command, &data, 1);
	ck_assert_msg(v82_was_pushed(&peer, command, &data, 1),
	    "%s was not passed on", command);
	/* Once more: acknowledged, and not passed on again. */
	v82_push(&line, command, &data, 1);
	free(bytes);
}

static void
push_proof(void)
{
	const json_t *operation = reservoir_operation(PROOFS, PROOF);
	uint8_t bytes[BITMARK_PAY_ID_SIZE + 64];
	struct bitmark_span data = { bytes, 0 };
	size_t size;
	uint8_t *part = field_bytes(operation, "payId", &size);

	ck_assert_uint_eq(size, BITMARK_PAY_ID_SIZE);
	memcpy(bytes, part, size);
	data.size = size;
	free(part);
	part = field_bytes(operation, "clientNonce", &size);
	memcpy(bytes + data.size, part, size);
	data.size += size;
	free(part);
	v82_push(&line, "proof", &data, 1);
	ck_assert(v82_was_pushed(&peer, "proof", &data, 1));
	v82_push(&line, "proof", &data, 1);
}

static bool
has_verified(const struct bitmark_node_status *status, uint64_t count)
{
	return status->verified == count;
}

START_TEST(transactions_are_acknowledged_kept_and_passed_on_once)
{
	start_beside(member_golden.height);
	push_operation("assets", PROOFS, PROOF_ASSET);
	push_operation("issues", PROOFS, PROOF_ISSUE);
	ck_assert(member_becomes(0, member_waiting, 1));
	push_proof();
	ck_assert(member_becomes(0, has_verified, 1));
	push_operation("transfer", TRANSFERS, 0);
	ck_assert(member_becomes(0, member_waiting, 2));
	/* Messages are processed in order: once the transfer is passed on, the
	 * repeated ones before it have been processed, too. */
	push_operation("transfer", TRANSFERS, 6);
	ck_assert_uint_eq(v82_pushed(&peer, "assets"), 1);
	ck_assert_uint_eq(v82_pushed(&peer, "issues"), 1);
	ck_assert_uint_eq(v82_pushed(&peer, "proof"), 1);
	ck_assert_uint_eq(v82_pushed(&peer, "transfer"), 2);
	ck_assert_uint_eq(member_status(0).dropped, 0);
}
END_TEST

START_TEST(a_transfer_is_passed_on_without_what_follows_it_D_58)
{
	struct bitmark_span data, longer;
	uint8_t *bytes;

	start_beside(member_golden.height);
	bytes = operation_bytes(reservoir_operation(TRANSFERS, 0),
	    &data.size);
	bytes = realloc(bytes, data.size + 3);
	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes + data.size, "abc", 3);
	data.data = bytes;
	longer = (struct bitmark_span){ bytes, data.size + 3 };
	v82_push(&line, "transfer", &longer, 1);
	ck_assert(v82_was_pushed(&peer, "transfer", &data, 1));
	ck_assert(member_becomes(0, member_waiting, 1));
	ck_assert_uint_eq(v82_pushed(&peer, "transfer"), 1);
	free(bytes);
}
END_TEST

START_TEST(a_block_is_acknowledged_stored_and_passed_on)
{
	const struct golden_block *block;
	struct bitmark_span data;

	start_beside(HEIGHT);
	block = golden_block(&member_golden, HEIGHT + 1);
	data = (struct bitmark_span){ block->data, block->size };
	v82_push(&line, "block", &data, 1);
	ck_assert(member_becomes(0, member_in_step, HEIGHT + 1));
	ck_assert(v82_was_pushed(&peer, "block", &data, 1));
	v82_push(&line, "block", &data, 1);
	ck_assert_uint_eq(v82_height(&line), HEIGHT + 1);
}
END_TEST

/* The parameters of an announcement. */
struct announced {
	uint8_t key[BITMARK_PEER_KEY_SIZE], time[8];
	struct bitmark_span parameter[3];
};

static void
make_announced(struct announced *a, uint8_t fill, int64_t ahead_s)
{
	uint64_t now = (uint64_t)((int64_t)time(NULL) + ahead_s);

	memset(a->key, fill, sizeof a->key);
	for (int i = 0; i < 8; i++)
		a->time[i] = (uint8_t)(now >> (56 - 8 * i));
	a->parameter[0] = (struct bitmark_span){ a->key, sizeof a->key };
	a->parameter[1] = (struct bitmark_span){ peer.packed_address,
		sizeof peer.packed_address };
	a->parameter[2] = (struct bitmark_span){ a->time, sizeof a->time };
}

START_TEST(announcements_are_acknowledged_kept_and_passed_on)
{
	struct announced service, node;

	start_beside(HEIGHT);
	make_announced(&service, 5, -1);
	make_announced(&node, 6, -1);
	v82_push(&line, "rpc", service.parameter, 3);
	ck_assert(v82_was_pushed(&peer, "rpc", service.parameter, 3));
	v82_push(&line, "peer", node.parameter, 3);
	ck_assert(v82_was_pushed(&peer, "peer", node.parameter, 3));
	ck_assert(member_becomes(0, member_knows, 2));
}
END_TEST

START_TEST(announcements_are_not_passed_on_twice_within_7_minutes)
{
	struct announced twice, after;

	start_beside(HEIGHT);
	make_announced(&twice, 6, -1);
	make_announced(&after, 7, -1);
	v82_push(&line, "peer", twice.parameter, 3);
	v82_push(&line, "peer", twice.parameter, 3);
	v82_push(&line, "peer", after.parameter, 3);
	ck_assert(v82_was_pushed(&peer, "peer", after.parameter, 3));
	ck_assert_uint_eq(v82_pushed(&peer, "peer"), 2);
}
END_TEST

START_TEST(the_own_entry_is_not_changed_by_an_announcement_D_33)
{
	struct announced own, after;

	start_beside(HEIGHT);
	make_announced(&own, 0, -1);
	memcpy(own.key, member[0].public_key, sizeof own.key);
	make_announced(&after, 7, -1);
	v82_push(&line, "peer", own.parameter, 3);
	v82_push(&line, "peer", after.parameter, 3);
	ck_assert(v82_was_pushed(&peer, "peer", after.parameter, 3));
	ck_assert_uint_eq(v82_pushed(&peer, "peer"), 1);
	ck_assert(member_becomes(0, member_knows, 2));
}
END_TEST

START_TEST(heart_and_unknown_commands_are_acknowledged_and_end_there)
{
	const struct bitmark_span beat = { (const uint8_t *)"beat", 4 };
	struct announced after;

	start_beside(HEIGHT);
	v82_push(&line, "heart", &beat, 1);
	v82_push(&line, "gossip", &beat, 1);
	v82_push(&line, "", NULL, 0);
	make_announced(&after, 7, -1);
	v82_push(&line, "peer", after.parameter, 3);
	ck_assert(v82_was_pushed(&peer, "peer", after.parameter, 3));
	ck_assert_uint_eq(v82_pushed(&peer, "heart"), 0);
	ck_assert_uint_eq(v82_pushed(&peer, "gossip"), 0);
	ck_assert_uint_eq(member_status(0).dropped, 0);
}
END_TEST

START_TEST(a_node_that_fetches_from_a_slow_peer_serves_others_at_once)
{
	peer.height = peer.claimed = HEIGHT;
	peer.pause_ms = PAUSE_MS;
	v82_set(&peer, V82_SLOW, HEIGHT);
	follow_peer(0);
	member_start(0);
	ck_assert(v82_waits(&peer, &peer.served, 1));
	expect_prompt(0);
	ck_assert_int_eq(member_status(0).mode, BITMARK_MODE_RESYNCHRONISE);
	ck_assert(member_becomes(0, member_in_step, HEIGHT));
}
END_TEST

/* Peers that are of no use, each beside an honest node. */
static const struct useless {
	enum v82_manner manner;
	uint64_t claimed;
	unsigned pause_ms;
} useless[] = {
	{ V82_HONEST, LIE, 0 },
	{ V82_BAD_BLOCKS, HEIGHT + 4, 0 },
	{ V82_ERRORS, HEIGHT, 0 },
	{ V82_RUBBISH, HEIGHT, 0 },
	{ V82_LATE, HEIGHT + 4, LATE_MS },
};
#define USELESS (int)(sizeof useless / sizeof useless[0])

START_TEST(a_useless_peer_is_set_aside_and_the_others_go_on_D_59)
{
	const struct useless *u = &useless[_i];

	peer.height = u->manner == V82_BAD_BLOCKS ? HEIGHT + 4 : 3;
	peer.pause_ms = u->pause_ms;
	v82_set(&peer, u->manner, u->claimed);
	member_load(1, HEIGHT);
	member_start(1);
	follow_peer(0);
	member_follow(0, 1);
	member_start(0);
	expect_prompt(0);
	ck_assert(member_becomes(0, member_in_step, HEIGHT));
	expect_prompt(0);
}
END_TEST

START_TEST(a_useless_peer_alone_does_not_keep_a_node_from_serving_D_11)
{
	const struct useless *u = &useless[_i];

	member_load(0, HEIGHT);
	peer.height = 3;
	peer.pause_ms = u->pause_ms;
	v82_set(&peer, u->manner, u->claimed);
	follow_peer(0);
	member_start(0);
	expect_prompt(0);
	ck_assert(v82_waits(&peer, &peer.registered, 1));
	expect_prompt(0);
	ck_assert_uint_eq(member_status(0).tip.number, HEIGHT);
}
END_TEST

START_TEST(a_peer_with_another_key_is_left_alone_D_11)
{
	uint8_t other[BITMARK_PEER_KEY_SIZE], unused[BITMARK_PEER_KEY_SIZE];

	bitmark_peer_key_generate(NULL, other, unused);
	member_load(1, HEIGHT);
	member_start(1);
	member_connect(0, other, peer.server.address);
	member_follow(0, 1);
	member[0].config.minimum_clients = 1;
	member_start(0);
	ck_assert(member_becomes(0, member_in_step, HEIGHT));
	ck_assert_uint_eq(member_status(0).peers, 1);
	ck_assert_uint_eq(peer.registered, 0);
}
END_TEST

/* With another node that has half of the chain, or alone. */
START_TEST(a_peer_that_vanishes_in_the_middle_and_comes_back_is_followed_D_14)
{
	peer.last = HEIGHT / 2;
	v82_set(&peer, V82_VANISHES, HEIGHT);
	peer.height = HEIGHT;
	follow_peer(0);
	if (_i == 1) {
		member_load(1, 3);
		member_start(1);
		member_follow(0, 1);
	}
	member_start(0);
	ck_assert(v82_waits_vanished(&peer));
	expect_prompt(0);
	ck_assert_uint_lt(member_status(0).tip.number, HEIGHT);
	v82_stop(&peer);
	v82_set(&peer, V82_HONEST, HEIGHT);
	v82_start(&peer);
	ck_assert(member_becomes(0, member_in_step, HEIGHT));
}
END_TEST

static TCase *
effects_case(void)
{
	TCase *tc = tcase_create("effects");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_peer_registers_is_told_of_peers_and_polls_D_12);
	tcase_add_test(tc,
	    a_node_registers_with_a_peer_that_knows_no_third_and_polls_D_12);
	tcase_add_test(tc,
	    transactions_are_acknowledged_kept_and_passed_on_once);
	tcase_add_test(tc,
	    a_transfer_is_passed_on_without_what_follows_it_D_58);
	tcase_add_test(tc, a_block_is_acknowledged_stored_and_passed_on);
	tcase_add_test(tc, announcements_are_acknowledged_kept_and_passed_on);
	tcase_add_test(tc,
	    announcements_are_not_passed_on_twice_within_7_minutes);
	tcase_add_test(tc, the_own_entry_is_not_changed_by_an_announcement_D_33);
	tcase_add_test(tc,
	    heart_and_unknown_commands_are_acknowledged_and_end_there);
	return tc;
}

static TCase *
misbehaviour_case(void)
{
	TCase *tc = tcase_create("misbehaviour");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
	    a_node_that_fetches_from_a_slow_peer_serves_others_at_once);
	tcase_add_loop_test(tc,
	    a_useless_peer_is_set_aside_and_the_others_go_on_D_59, 0,
	    USELESS);
	tcase_add_loop_test(tc,
	    a_useless_peer_alone_does_not_keep_a_node_from_serving_D_11, 0,
	    USELESS);
	tcase_add_test(tc, a_peer_with_another_key_is_left_alone_D_11);
	tcase_add_loop_test(tc,
	    a_peer_that_vanishes_in_the_middle_and_comes_back_is_followed_D_14,
	    0, 2);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("v8.2 peer");

	vectors_keep("chain-a.json");
	vectors_keep("chain-a-fork.json");
	suite_add_tcase(suite, effects_case());
	suite_add_tcase(suite, misbehaviour_case());
	return run_suite(suite);
}
