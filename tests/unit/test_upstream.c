/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* One outgoing session. */
#include "../support/vectors.h"

#include <bitmarkpeer/upstream.h>

#include <stdlib.h>
#include <string.h>

#define WALL_S UINT64_C(1700000000)
#define POLL_MS BITMARK_UPSTREAM_POLL_MS
#define TIMEOUT_MS BITMARK_UPSTREAM_TIMEOUT_MS

static struct bitmark_upstream *session;
static const struct bitmark_upstream_update *up;
static uint64_t now;
static uint64_t own_height;
static uint64_t asked;                  /* token of the last request */
static char command[16];                /* its command, or ""        */

static void
open_session(const struct bitmark_rules *rules)
{
	const uint8_t list[] = { 7, 8, 88, 127, 0, 0, 1 };
	struct bitmark_upstream_config config = {
	    .struct_size = sizeof config, .chain = "local",
	    .own_connections = { list, sizeof list }, .rules = rules };

	memset(config.own_key, 1, sizeof config.own_key);
	now = 1000;
	own_height = 9;
	ck_assert_int_eq(bitmark_upstream_new(&session, &config), BITMARK_OK);
}

static void
setup(void)
{
	open_session(NULL);
}

static void
setup_with_votes(void)
{
	open_session(bitmark_rules_0_16());
}

static void
teardown(void)
{
	bitmark_upstream_free(session);
}

static void
step(struct bitmark_upstream_event event)
{
	event.now_ms = now;
	event.wall_s = WALL_S;
	event.own_height = own_height;
	event.struct_size = sizeof event;
	up = bitmark_upstream_step(session, &event);
	command[0] = '\0';
	for (size_t i = 0; i < up->request_count; i++) {
		asked = up->request[i]->token;
		strcpy(command, up->request[i]->command);
	}
}

static void
at(enum bitmark_upstream_event_type type)
{
	step((struct bitmark_upstream_event){ .type = type });
}

static void
tick(uint64_t ms)
{
	now += ms;
	at(BITMARK_UPSTREAM_EV_TICK);
}

static void
reply(uint64_t token, const struct bitmark_span *frames, size_t count)
{
	step((struct bitmark_upstream_event){
	    .type = BITMARK_UPSTREAM_EV_REPLY, .token = token,
	    .frames = frames, .frame_count = count });
}

static struct bitmark_span
text(const char *s)
{
	return (struct bitmark_span){ (const uint8_t *)s, strlen(s) };
}

static void
reply_two(uint64_t token, const char *first, const void *data, size_t size)
{
	const struct bitmark_span frames[] = { text(first), { data, size } };

	reply(token, frames, 2);
}

static void
reply_no_third(void)
{
	reply_two(asked, "E", "invalid public key", 18);
}

static void
reply_height(uint64_t token, uint8_t height)
{
	const uint8_t be[8] = { 0, 0, 0, 0, 0, 0, 0, height };

	reply_two(token, "N", be, sizeof be);
}

/* Registered, with a height; nothing under way. */
static void
make_ready(void)
{
	at(BITMARK_UPSTREAM_EV_OPEN);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	ck_assert_str_eq(command, "R");
	reply_no_third();
	ck_assert_str_eq(command, "N");
	reply_height(asked, 9);
	ck_assert_uint_eq(up->height, 9);
}

static void
push(enum bitmark_message_priority priority, const char *what, size_t size)
{
	uint8_t *bytes = calloc(1, size + 1);
	const struct bitmark_span parameter = { bytes, size };
	struct bitmark_upstream_event event = {
		.type = BITMARK_UPSTREAM_EV_PUSH };

	ck_assert_int_eq(bitmark_message_new(&event.message, priority, what,
	    &parameter, 1), BITMARK_OK);
	free(bytes);
	step(event);
	bitmark_message_free(event.message);
}

static void
fetch(enum bitmark_fetch_kind kind, uint64_t number, uint64_t token)
{
	step((struct bitmark_upstream_event){
	    .type = BITMARK_UPSTREAM_EV_FETCH,
	    .fetch = { kind, number, token } });
}

static struct bitmark_upstream_counters
counters(void)
{
	struct bitmark_upstream_counters c = { .struct_size = sizeof c };

	bitmark_upstream_get_counters(session, &c);
	return c;
}

START_TEST(r_carries_chain_key_connections_and_time)
{
	const struct bitmark_upstream_request *r;

	at(BITMARK_UPSTREAM_EV_OPEN);
	ck_assert_uint_eq(up->request_count, 0);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	ck_assert_uint_eq(up->request_count, 1);
	r = up->request[0];
	ck_assert_str_eq(r->command, "R");
	ck_assert_uint_eq(r->count, 4);
	ck_assert_mem_eq(r->parameter[0].data, "local", 5);
	ck_assert_uint_eq(r->parameter[1].size, BITMARK_PEER_KEY_SIZE);
	ck_assert_uint_eq(r->parameter[2].size, 7);
	ck_assert_uint_eq(r->parameter[3].size, 8);
	ck_assert_uint_eq(r->parameter[3].data[7], WALL_S & 0xff);
}
END_TEST

START_TEST(the_first_r_registers_and_the_height_is_asked_at_once)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 5 }, time[8] = { 0 };
	const uint8_t list[] = { 7, 8, 88, 127, 0, 0, 2 };
	const struct bitmark_span frames[] = { text("R"), text("local"),
	    { key, sizeof key }, { list, sizeof list },
	    { time, sizeof time } };

	at(BITMARK_UPSTREAM_EV_OPEN);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	reply(asked, frames, 5);
	ck_assert(up->registered);
	ck_assert(up->has_peer);
	ck_assert_mem_eq(up->peer.key, key, sizeof key);
	ck_assert_uint_eq(up->peer.connections_size, sizeof list);
	ck_assert_str_eq(command, "N");
}
END_TEST

/* One that is too long is left out; the registration counts all the same. */
START_TEST(a_third_peer_has_connections_of_the_longest_size_and_no_longer)
{
	static const uint8_t list[BITMARK_CONNECTIONS_MAX + 1] = { 7 };
	const size_t size = BITMARK_CONNECTIONS_MAX + (size_t)_i;
	const uint8_t key[BITMARK_PEER_KEY_SIZE] = { 5 }, time[8] = { 0 };
	const struct bitmark_span frames[] = { text("R"), text("local"),
	    { key, sizeof key }, { list, size }, { time, sizeof time } };

	at(BITMARK_UPSTREAM_EV_OPEN);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	reply(asked, frames, 5);
	ck_assert(up->registered);
	ck_assert_int_eq(up->has_peer, _i == 0);
	if (_i == 0)
		ck_assert_uint_eq(up->peer.connections_size, size);
}
END_TEST

START_TEST(a_server_that_knows_no_third_peer_has_registered_us_D_12)
{
	make_ready();
	ck_assert(up->registered);
	ck_assert(!up->has_peer);
}
END_TEST

START_TEST(a_wrong_chain_in_r_is_an_error_D_01b)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 5 }, time[8] = { 0 };
	const struct bitmark_span frames[] = { text("R"), text("bitmark"),
	    { key, sizeof key }, { NULL, 0 }, { time, sizeof time } };

	at(BITMARK_UPSTREAM_EV_OPEN);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	reply(asked, frames, 5);
	ck_assert(!up->registered);
	ck_assert(up->reopen);
}
END_TEST

START_TEST(a_short_time_in_r_is_an_error_D_01)
{
	uint8_t key[BITMARK_PEER_KEY_SIZE] = { 5 }, time[8] = { 0 };
	const struct bitmark_span frames[] = { text("R"), text("local"),
	    { key, sizeof key }, { NULL, 0 }, { time, (size_t)_i } };

	at(BITMARK_UPSTREAM_EV_OPEN);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	reply(asked, frames, 5);
	ck_assert(up->reopen);
	ck_assert(!up->registered);
}
END_TEST

START_TEST(a_reply_with_any_number_of_empty_frames_is_an_error)
{
	const struct bitmark_span frames[8] = { { NULL, 0 } };

	at(BITMARK_UPSTREAM_EV_OPEN);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	reply(asked, frames, (size_t)_i);
	ck_assert(up->reopen);
}
END_TEST

START_TEST(heights_are_asked_every_thirty_seconds)
{
	make_ready();
	for (uint8_t i = 0; i < 10; i++) {
		ck_assert_uint_eq(up->deadline_ms, now + POLL_MS);
		tick(POLL_MS - 1);
		ck_assert_str_eq(command, "");
		tick(1);
		ck_assert_str_eq(command, "N");
		reply_height(asked, i);
		ck_assert(up->polled);
		ck_assert_uint_eq(up->height, i);
	}
	ck_assert_uint_eq(counters().polls, 11);
}
END_TEST

START_TEST(a_busy_node_polls_all_the_same_D_14b)
{
	unsigned polls = 0;
	uint64_t poll = 0, pushed;

	make_ready();
	for (int i = 0; i < 120; i++) {
		now += 1000;
		push(BITMARK_MESSAGE_TRANSACTION, "transfer", 10);
		pushed = asked;
		for (size_t k = 0; k < up->request_count; k++) {
			if (up->request[k]->command[0] == 'N')
				poll = up->request[k]->token;
			else
				pushed = up->request[k]->token;
		}
		if (poll != 0) {
			polls++;
			reply_height(poll, 1);
			poll = 0;
		}
		reply_two(pushed, "transfer", "A", 1);
	}
	ck_assert_uint_eq(polls, 4);
	ck_assert_uint_eq(counters().pushed, 120);
}
END_TEST

START_TEST(a_bad_height_forgets_everything_and_reopens_D_14)
{
	make_ready();
	tick(POLL_MS);
	reply_two(asked, "N", "short", 5);
	ck_assert(up->reopen);
	ck_assert(!up->registered);
	ck_assert_uint_eq(up->height, 0);
	ck_assert_int_eq(bitmark_upstream_get_state(session),
	    BITMARK_UPSTREAM_CONNECTING);
}
END_TEST

START_TEST(no_reply_in_sixty_seconds_reopens)
{
	make_ready();
	tick(POLL_MS);
	tick(TIMEOUT_MS - 1);
	ck_assert(!up->reopen);
	tick(1);
	ck_assert(up->reopen);
	ck_assert(!up->registered);
}
END_TEST

START_TEST(failures_wait_longer_each_time_before_registering_again)
{
	uint64_t pause = BITMARK_UPSTREAM_PAUSE_MS;

	at(BITMARK_UPSTREAM_EV_OPEN);
	for (int i = 0; i < 12; i++) {
		at(BITMARK_UPSTREAM_EV_CONNECTED);
		if (i > 0) {
			ck_assert_str_eq(command, "");
			ck_assert_uint_eq(up->deadline_ms, now + pause);
			tick(pause);
			pause = pause * 2 < BITMARK_UPSTREAM_PAUSE_MAX_MS ?
			    pause * 2 : BITMARK_UPSTREAM_PAUSE_MAX_MS;
		}
		ck_assert_str_eq(command, "R");
		reply_two(asked, "E", "go away", 7);
		ck_assert(up->reopen);
	}
	ck_assert_uint_eq(counters().failures, 12);
}
END_TEST

START_TEST(a_host_that_does_not_connect_is_opened_again)
{
	at(BITMARK_UPSTREAM_EV_OPEN);
	for (int i = 0; i < 5; i++) {
		ck_assert_uint_eq(up->deadline_ms, now + TIMEOUT_MS);
		tick(TIMEOUT_MS);
		ck_assert(up->reopen);
	}
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	ck_assert_str_eq(command, "R");
}
END_TEST

START_TEST(a_connection_that_ends_is_registered_anew_at_once)
{
	make_ready();
	at(BITMARK_UPSTREAM_EV_LOST);
	ck_assert(!up->registered);
	ck_assert(!up->reopen);
	ck_assert_uint_eq(up->height, 0);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	ck_assert_str_eq(command, "R");
}
END_TEST

START_TEST(a_node_that_registers_us_and_hangs_up_waits_longer_each_time)
{
	uint64_t pause = BITMARK_UPSTREAM_PAUSE_MS;

	at(BITMARK_UPSTREAM_EV_OPEN);
	for (int i = 0; i < 12; i++) {
		at(BITMARK_UPSTREAM_EV_CONNECTED);
		if (i > 0) {
			ck_assert_str_eq(command, "");
			ck_assert_uint_eq(up->deadline_ms, now + pause);
			tick(pause);
			pause = pause * 2 < BITMARK_UPSTREAM_PAUSE_MAX_MS ?
			    pause * 2 : BITMARK_UPSTREAM_PAUSE_MAX_MS;
		}
		ck_assert_str_eq(command, "R");
		reply_no_third();
		ck_assert(up->registered);
		at(BITMARK_UPSTREAM_EV_LOST);
		ck_assert(!up->registered);
		ck_assert(!up->reopen);
	}
	ck_assert_uint_eq(counters().failures, 12);
	/* A height, even the same as before, is worth a new beginning. */
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	tick(BITMARK_UPSTREAM_PAUSE_MAX_MS);
	reply_no_third();
	reply_height(asked, 0);
	at(BITMARK_UPSTREAM_EV_LOST);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	ck_assert_str_eq(command, "R");
	ck_assert_uint_eq(counters().failures, 12);
}
END_TEST

START_TEST(late_and_unknown_replies_are_ignored)
{
	uint64_t old;

	make_ready();
	tick(POLL_MS);
	old = asked;
	at(BITMARK_UPSTREAM_EV_LOST);
	reply_height(old, 77);
	reply_height(0, 77);
	reply_height(UINT64_MAX, 77);
	ck_assert_uint_eq(up->height, 0);
	ck_assert_uint_eq(counters().late, 3);
	ck_assert(!up->reopen);
}
END_TEST

START_TEST(one_message_is_under_way_at_a_time_D_19)
{
	make_ready();
	push(BITMARK_MESSAGE_TRANSACTION, "transfer", 3);
	ck_assert_str_eq(command, "transfer");
	push(BITMARK_MESSAGE_TRANSACTION, "issues", 3);
	ck_assert_str_eq(command, "");
	reply_two(asked, "transfer", "A", 1);
	ck_assert_str_eq(command, "issues");
	reply_two(asked, "issues", "anything", 8);
	ck_assert_uint_eq(counters().pushed, 2);
}
END_TEST

START_TEST(blocks_go_first_and_announcements_last)
{
	static const char *const order[] = { "block", "block", "transfer",
	    "peer", "peer" };

	make_ready();
	push(BITMARK_MESSAGE_TRANSACTION, "proof", 1);
	push(BITMARK_MESSAGE_ANNOUNCEMENT, "peer", 1);
	push(BITMARK_MESSAGE_BLOCK, "block", 1);
	push(BITMARK_MESSAGE_TRANSACTION, "transfer", 1);
	push(BITMARK_MESSAGE_ANNOUNCEMENT, "peer", 1);
	push(BITMARK_MESSAGE_BLOCK, "block", 1);
	reply_two(asked, "proof", "A", 1);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_str_eq(command, order[i]);
		reply_two(asked, order[i], "A", 1);
	}
}
END_TEST

START_TEST(a_full_queue_drops_what_matters_least_and_counts_it)
{
	make_ready();
	push(BITMARK_MESSAGE_TRANSACTION, "transfer", 1);
	for (size_t i = 0; i < BITMARK_UPSTREAM_QUEUE_MAX; i++) {
		ck_assert_uint_eq(up->room, BITMARK_UPSTREAM_QUEUE_MAX - i);
		push(BITMARK_MESSAGE_ANNOUNCEMENT, "peer", 1);
	}
	ck_assert_uint_eq(up->room, 0);
	ck_assert_uint_eq(counters().dropped_full, 0);
	push(BITMARK_MESSAGE_ANNOUNCEMENT, "peer", 1);
	ck_assert_uint_eq(counters().dropped_full, 1);
	push(BITMARK_MESSAGE_BLOCK, "block", 1);
	ck_assert_uint_eq(counters().dropped_full, 2);
	reply_two(asked, "transfer", "A", 1);
	ck_assert_str_eq(command, "block");
}
END_TEST

START_TEST(the_bytes_of_a_queue_are_bounded)
{
	const size_t size = BITMARK_BLOCK_MAX;

	make_ready();
	for (int i = 0; i < 10; i++)
		push(BITMARK_MESSAGE_BLOCK, "block", size);
	ck_assert_uint_eq(counters().dropped_full,
	    9 - BITMARK_UPSTREAM_QUEUE_BYTES / size);
}
END_TEST

START_TEST(a_failed_message_is_sent_once_more_D_19)
{
	make_ready();
	push(BITMARK_MESSAGE_TRANSACTION, "transfer", 5);
	reply_two(asked, "E", "busy", 4);
	ck_assert(up->reopen);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	tick(BITMARK_UPSTREAM_PAUSE_MS);
	reply_no_third();
	ck_assert_uint_eq(up->request_count, 2);         /* N and the message */
	ck_assert_str_eq(command, "transfer");
	ck_assert_uint_eq(counters().retried, 1);
	reply_two(asked, "E", "busy", 4);
	ck_assert_uint_eq(counters().dropped_failed, 1);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	tick(BITMARK_UPSTREAM_PAUSE_MAX_MS);
	reply_no_third();
	ck_assert_uint_eq(up->request_count, 1);
	ck_assert_str_eq(command, "N");
}
END_TEST

START_TEST(messages_for_a_node_that_is_not_registered_are_discarded)
{
	at(BITMARK_UPSTREAM_EV_OPEN);
	push(BITMARK_MESSAGE_BLOCK, "block", 5);
	ck_assert_uint_eq(counters().discarded, 1);
	make_ready();
	ck_assert_uint_eq(up->request_count, 0);
}
END_TEST

START_TEST(digests_and_blocks_are_fetched_side_by_side)
{
	const uint8_t digest[BITMARK_DIGEST_SIZE] = { 4 };
	uint64_t first;

	make_ready();
	fetch(BITMARK_FETCH_DIGEST, 7, 1001);
	ck_assert_str_eq(command, "H");
	ck_assert_uint_eq(up->request[0]->parameter[0].data[7], 7);
	first = asked;
	fetch(BITMARK_FETCH_BLOCK, 8, 1002);
	ck_assert_str_eq(command, "B");
	reply_two(asked, "B", "block", 5);
	ck_assert(up->has_result);
	ck_assert_uint_eq(up->result_token, 1002);
	ck_assert_int_eq(up->result, BITMARK_OK);
	ck_assert_mem_eq(up->data.data, "block", 5);
	reply_two(first, "H", digest, sizeof digest);
	ck_assert_uint_eq(up->result_token, 1001);
	ck_assert_int_eq(up->result, BITMARK_OK);
}
END_TEST

START_TEST(a_failed_fetch_says_why_and_does_not_reopen)
{
	static const struct {
		const char *first, *second;
		bitmark_status status;
	} cases[] = {
		{ "E", "block not found", BITMARK_E_BLOCK_NOT_FOUND },
		{ "E", "something else", BITMARK_E_REMOTE },
		{ "B", "of a digest", BITMARK_E_PEER_RESPONSE },
		{ "H", "too short", BITMARK_E_PEER_RESPONSE },
		{ "", "", BITMARK_E_PEER_RESPONSE },
	};

	make_ready();
	fetch(BITMARK_FETCH_DIGEST, 7, 1);
	reply_two(asked, cases[_i].first, cases[_i].second,
	    strlen(cases[_i].second));
	ck_assert(up->has_result);
	ck_assert_int_eq(up->result, cases[_i].status);
	ck_assert(!up->reopen);
	ck_assert(up->registered);
}
END_TEST

START_TEST(the_largest_block_is_fetched_and_no_larger_one)
{
	uint8_t *bytes = calloc(1, BITMARK_BLOCK_MAX + 1);

	ck_assert_ptr_nonnull(bytes);
	make_ready();
	fetch(BITMARK_FETCH_BLOCK, 7, 1);
	reply_two(asked, "B", bytes, BITMARK_BLOCK_MAX);
	ck_assert_int_eq(up->result, BITMARK_OK);
	ck_assert_uint_eq(up->data.size, BITMARK_BLOCK_MAX);
	fetch(BITMARK_FETCH_BLOCK, 8, 2);
	reply_two(asked, "B", bytes, BITMARK_BLOCK_MAX + 1);
	ck_assert_uint_eq(up->result_token, 2);
	ck_assert_int_eq(up->result, BITMARK_E_PEER_RESPONSE);
	free(bytes);
}
END_TEST

START_TEST(too_many_fetches_are_refused)
{
	make_ready();
	for (uint64_t i = 0; i < BITMARK_UPSTREAM_FETCHES_MAX; i++) {
		fetch(BITMARK_FETCH_BLOCK, i, i + 1);
		ck_assert(!up->has_result);
	}
	fetch(BITMARK_FETCH_BLOCK, 99, 99);
	ck_assert_int_eq(up->result, BITMARK_E_BUSY);
}
END_TEST

START_TEST(every_fetch_that_is_not_answered_is_given_up)
{
	bool seen[4] = { false };

	make_ready();
	for (uint64_t i = 1; i < 4; i++)
		fetch(BITMARK_FETCH_BLOCK, i, i);
	now += POLL_MS;
	at(BITMARK_UPSTREAM_EV_TICK);
	reply_height(asked, 1);
	now += POLL_MS;
	for (int i = 0; i < 3; i++) {
		at(BITMARK_UPSTREAM_EV_TICK);
		ck_assert(up->has_result);
		ck_assert_int_eq(up->result, BITMARK_E_TIMEOUT);
		seen[up->result_token] = true;
	}
	ck_assert(seen[1] && seen[2] && seen[3]);
	ck_assert(up->registered);
}
END_TEST

START_TEST(a_fetch_without_connection_fails_at_once)
{
	fetch(BITMARK_FETCH_BLOCK, 2, 5);
	ck_assert_int_eq(up->result, BITMARK_E_NO_CONNECTION);
	ck_assert_uint_eq(up->deadline_ms, UINT64_MAX);
}
END_TEST

START_TEST(a_closed_session_does_nothing)
{
	make_ready();
	push(BITMARK_MESSAGE_BLOCK, "block", 5);
	push(BITMARK_MESSAGE_BLOCK, "block", 5);
	at(BITMARK_UPSTREAM_EV_CLOSE);
	ck_assert_uint_eq(up->deadline_ms, UINT64_MAX);
	ck_assert(!up->registered);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	at(BITMARK_UPSTREAM_EV_LOST);
	tick(10 * TIMEOUT_MS);
	ck_assert_uint_eq(up->request_count, 0);
	ck_assert(!up->reopen);
}
END_TEST

/* ready, with the height of the node and without an answer to H */
static void
make_ready_to_vote(uint8_t height)
{
	at(BITMARK_UPSTREAM_EV_OPEN);
	at(BITMARK_UPSTREAM_EV_CONNECTED);
	reply_no_third();
	reply_height(asked, height);
}

START_TEST(a_poll_asks_for_the_digest_of_our_own_height)
{
	uint8_t digest[BITMARK_DIGEST_SIZE];
	uint64_t token;

	memset(digest, 7, sizeof digest);
	make_ready_to_vote(12);
	ck_assert(up->polled);
	ck_assert_uint_eq(up->vote_number, 0);
	ck_assert_str_eq(command, "H");
	ck_assert_uint_eq(up->request[0]->count, 1);
	ck_assert_uint_eq(up->request[0]->parameter[0].size, 8);
	ck_assert_uint_eq(up->request[0]->parameter[0].data[7], 9);
	token = asked;
	own_height = 10;                /* meanwhile */
	reply_two(token, "H", digest, sizeof digest);
	ck_assert_uint_eq(up->vote_number, 9);
	ck_assert_mem_eq(up->vote, digest, sizeof digest);
	ck_assert_uint_eq(up->height, 12);
	ck_assert(!up->has_result);
	tick(POLL_MS);
	ck_assert_str_eq(command, "N");
	reply_height(asked, 12);
	ck_assert_str_eq(command, "H");
	ck_assert_uint_eq(up->request[0]->parameter[0].data[7], 10);
}
END_TEST

START_TEST(a_node_that_is_lower_than_we_are_is_not_asked_to_vote)
{
	make_ready_to_vote(8);
	ck_assert_str_eq(command, "");
	own_height = 0;                 /* ours is not known */
	tick(POLL_MS);
	reply_height(asked, 12);
	ck_assert_str_eq(command, "");
}
END_TEST

START_TEST(a_vote_that_does_not_come_stops_nothing)
{
	uint64_t vote;

	make_ready_to_vote(12);
	vote = asked;
	fetch(BITMARK_FETCH_BLOCK, 10, 77);
	ck_assert_str_eq(command, "B");
	tick(POLL_MS);
	ck_assert_str_eq(command, "N");
	reply_height(asked, 12);
	ck_assert_str_eq(command, "");  /* H is under way */
	tick(TIMEOUT_MS - POLL_MS);
	ck_assert(up->registered);
	ck_assert(!up->reopen);
	reply_height(asked, 13);
	ck_assert_str_eq(command, "H");
	reply_two(vote, "H", "", 0);    /* the first, too late */
	ck_assert_uint_eq(up->vote_number, 0);
	ck_assert_uint_eq(counters().late, 1);
}
END_TEST

/* Of _i bytes, and E: no vote, and no harm. */
START_TEST(a_vote_of_another_length_is_none)
{
	const uint8_t digest[BITMARK_DIGEST_SIZE + 1] = { 0 };

	make_ready_to_vote(12);
	if (_i == BITMARK_DIGEST_SIZE)
		reply_two(asked, "E", "block not found", 15);
	else
		reply_two(asked, "H", digest, (size_t)_i);
	ck_assert_uint_eq(up->vote_number, 0);
	ck_assert(up->registered);
	ck_assert(!up->reopen);
}
END_TEST

START_TEST(without_votes_only_the_height_is_asked)
{
	make_ready();
	ck_assert_str_eq(command, "");
}
END_TEST

START_TEST(messages_that_do_not_fit_are_refused)
{
	const struct bitmark_span one = { NULL, 0 };
	struct bitmark_message *message;

	ck_assert_int_eq(bitmark_message_new(&message, BITMARK_MESSAGE_BLOCK,
	    "a command too long", &one, 1), BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_message_new(&message, BITMARK_MESSAGE_BLOCK,
	    "block", &one, 0), BITMARK_E_ARGUMENT);
	ck_assert_int_eq(bitmark_message_new(&message, BITMARK_MESSAGE_BLOCK,
	    "block", &one, 5), BITMARK_E_ARGUMENT);
	bitmark_message_free(NULL);
}
END_TEST

START_TEST(session_needs_the_name_of_a_chain)
{
	struct bitmark_upstream_config config = {
	    .struct_size = sizeof config, .chain = NULL };
	struct bitmark_upstream *other = session;

	ck_assert_int_eq(bitmark_upstream_new(&other, &config),
	    BITMARK_E_INVALID_CHAIN);
	ck_assert_ptr_null(other);
	config.chain = "a name that is too long for any chain";
	ck_assert_int_eq(bitmark_upstream_new(&other, &config),
	    BITMARK_E_INVALID_CHAIN);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("upstream");
	TCase *t = tcase_create("session");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, r_carries_chain_key_connections_and_time);
	tcase_add_test(t,
	    the_first_r_registers_and_the_height_is_asked_at_once);
	tcase_add_test(t,
	    a_server_that_knows_no_third_peer_has_registered_us_D_12);
	tcase_add_loop_test(t,
	    a_third_peer_has_connections_of_the_longest_size_and_no_longer,
	    0, 2);
	tcase_add_test(t, a_wrong_chain_in_r_is_an_error_D_01b);
	tcase_add_loop_test(t, a_short_time_in_r_is_an_error_D_01, 0, 8);
	tcase_add_loop_test(t,
	    a_reply_with_any_number_of_empty_frames_is_an_error, 0, 9);
	tcase_add_test(t, heights_are_asked_every_thirty_seconds);
	tcase_add_test(t, a_busy_node_polls_all_the_same_D_14b);
	tcase_add_test(t, a_bad_height_forgets_everything_and_reopens_D_14);
	tcase_add_test(t, no_reply_in_sixty_seconds_reopens);
	tcase_add_test(t,
	    failures_wait_longer_each_time_before_registering_again);
	tcase_add_test(t, a_host_that_does_not_connect_is_opened_again);
	tcase_add_test(t, a_connection_that_ends_is_registered_anew_at_once);
	tcase_add_test(t,
	    a_node_that_registers_us_and_hangs_up_waits_longer_each_time);
	tcase_add_test(t, late_and_unknown_replies_are_ignored);
	tcase_add_test(t, one_message_is_under_way_at_a_time_D_19);
	tcase_add_test(t, blocks_go_first_and_announcements_last);
	tcase_add_test(t,
	    a_full_queue_drops_what_matters_least_and_counts_it);
	tcase_add_test(t, the_bytes_of_a_queue_are_bounded);
	tcase_add_test(t, a_failed_message_is_sent_once_more_D_19);
	tcase_add_test(t,
	    messages_for_a_node_that_is_not_registered_are_discarded);
	tcase_add_test(t, digests_and_blocks_are_fetched_side_by_side);
	tcase_add_loop_test(t, a_failed_fetch_says_why_and_does_not_reopen,
	    0, 5);
	tcase_add_test(t, the_largest_block_is_fetched_and_no_larger_one);
	tcase_add_test(t, too_many_fetches_are_refused);
	tcase_add_test(t, every_fetch_that_is_not_answered_is_given_up);
	tcase_add_test(t, a_fetch_without_connection_fails_at_once);
	tcase_add_test(t, a_closed_session_does_nothing);
	tcase_add_test(t, messages_that_do_not_fit_are_refused);
	tcase_add_test(t, session_needs_the_name_of_a_chain);
	tcase_add_test(t, without_votes_only_the_height_is_asked);
	suite_add_tcase(s, t);
	t = tcase_create("votes");
	tcase_add_checked_fixture(t, setup_with_votes, teardown);
	tcase_add_test(t, a_poll_asks_for_the_digest_of_our_own_height);
	tcase_add_test(t, a_node_that_is_lower_than_we_are_is_not_asked_to_vote);
	tcase_add_test(t, a_vote_that_does_not_come_stops_nothing);
	tcase_add_loop_test(t, a_vote_of_another_length_is_none, 0, 33);
	suite_add_tcase(s, t);
	return run_suite(s);
}
