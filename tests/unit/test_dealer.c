/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 the libbitmarkpeer developers */
/* One outgoing connection, to nodes made of raw sockets. */
#include "net/dealer.h"

#include <bitmarkpeer/os.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../support/await.h"
#include "../support/raw_node.h"
#include "../support/vectors.h"
#include "net/curve.h"

/* No wait that succeeds takes so long. */
#define PATIENT_MS AWAIT_MS

static struct raw_node node;
static struct bm_dealer *dealer;
static void *zmq;

static void
open_dealer(void)
{
	static uint8_t public_key[32], private_key[32];
	struct bm_dealer_config config = { .zmq = zmq, .chain = "local",
	    .address = node.address, .server_key = node.public_key,
	    .public_key = public_key, .private_key = private_key };

	bitmark_peer_key_generate(NULL, public_key, private_key);
	ck_assert_int_eq(bm_dealer_open(&dealer, &config, bitmark_clock_ms()),
	    BITMARK_OK);
}

static void
start(raw_answer_fn answer)
{
	raw_init(&node, answer);
	raw_reply_text(&node, "N", "reply", NULL);
	raw_start(&node);
	zmq = zmq_ctx_new();
	open_dealer();
}

static void
stop(void)
{
	bm_dealer_close(dealer);
	zmq_ctx_term(zmq);
	raw_stop(&node);
}

/* Wait for the next event; false at the deadline. */
static bool
wait_event(uint64_t deadline_ms)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	uint64_t now_ms = bitmark_clock_ms();
	size_t count = bm_dealer_poll_items(dealer, items);
	uint64_t until_ms = bm_dealer_deadline(dealer) < deadline_ms ?
	    bm_dealer_deadline(dealer) : deadline_ms;

	if (now_ms >= deadline_ms)
		return false;
	ck_assert_int_ge(zmq_poll(items, (int)count, until_ms <= now_ms ? 0 :
	    (long)(until_ms - now_ms)), 0);
	return true;
}

/* Drive the dealer until it is in this state. */
static void
until(enum bm_dealer_state state)
{
	uint64_t deadline_ms = bitmark_clock_ms() + PATIENT_MS;

	for (;;) {
		bm_dealer_drive(dealer, bitmark_clock_ms());
		if (bm_dealer_state(dealer) == state)
			return;
		ck_assert(wait_event(deadline_ms));
	}
}

static void
next_reply(struct bm_dealer_reply *reply)
{
	uint64_t deadline_ms = bitmark_clock_ms() + PATIENT_MS;

	while (bm_dealer_receive(dealer, reply) != BITMARK_OK) {
		ck_assert(wait_event(deadline_ms));
		bm_dealer_drive(dealer, bitmark_clock_ms());
	}
}

static uint32_t
send_request(void)
{
	uint32_t id = 0;

	ck_assert_int_eq(bm_dealer_send(dealer, "N", NULL, 0, &id),
	    BITMARK_OK);
	return id;
}

/* For tests without a node: a TCP socket in its place. */
static int
start_tcp(void)
{
	raw_init(&node, raw_ignore);
	zmq = zmq_ctx_new();
	return raw_tcp(&node);
}

/* --- requests and replies ------------------------------------------------ */

#define OUTSTANDING 3

static void
answer_three_backwards(struct raw_node *n,
    const struct raw_message *request)
{
	static uint8_t ids[OUTSTANDING][4];
	struct raw_message one = *request;

	memcpy(ids[n->requests - 1], request->frame[1].data, 4);
	if (n->requests < OUTSTANDING)
		return;
	for (int i = OUTSTANDING - 1; i >= 0; i--) {
		one.frame[1].data = ids[i];
		raw_answer(n, &one);
	}
}

START_TEST(several_requests_may_be_outstanding)
{
	struct bm_dealer_reply reply;
	uint32_t ids[OUTSTANDING];

	start(answer_three_backwards);
	until(BM_DEALER_CONNECTED);
	for (int i = 0; i < OUTSTANDING; i++)
		ids[i] = send_request();
	ck_assert_uint_eq(ids[1], ids[0] + 1);
	for (int i = OUTSTANDING - 1; i >= 0; i--) {
		next_reply(&reply);
		ck_assert_uint_eq(reply.id, ids[i]);
		ck_assert_uint_eq(reply.count, 2);
		ck_assert_mem_eq(reply.frame[1].data, "reply", 5);
	}
	ck_assert_int_eq(bm_dealer_receive(dealer, &reply),
	    BITMARK_E_NOT_FOUND);
	stop();
	raw_fini(&node);
}
END_TEST

static struct bitmark_span
bytes_of(const void *data, size_t size)
{
	return (struct bitmark_span){ data, size };
}

/* Messages that are no replies to anything, then the right one. */
static void
answer_after_useless_ones(struct raw_node *n,
    const struct raw_message *request)
{
	static const struct {
		int id_change;
		size_t id_size, delimiter_size, count;
	} useless[] = {
		{ 1, 4, 0, 5 },         /* an id that comes later      */
		{ -1, 4, 0, 5 },        /* one that came before        */
		{ 0, 3, 0, 5 },
		{ 0, 5, 0, 5 },
		{ 0, 0, 0, 5 },
		{ 0, 4, 1, 5 },         /* no empty frame              */
		{ 0, 4, 0, 2 },         /* nothing but an id           */
		{ 0, 0, 0, 2 },
	};
	uint8_t id[5] = { 0 };
	uint32_t number;

	for (size_t i = 0; i < sizeof useless / sizeof useless[0]; i++) {
		struct raw_message bad = { .count = useless[i].count };

		memcpy(&number, request->frame[1].data, sizeof number);
		number += (uint32_t)useless[i].id_change;
		memcpy(id, &number, sizeof number);
		bad.frame[0] = request->frame[0];
		bad.frame[1] = bytes_of(id, useless[i].id_size);
		bad.frame[2] = bytes_of("x", useless[i].delimiter_size);
		bad.frame[3] = bytes_of("N", 1);
		bad.frame[4] = bytes_of("useless", 7);
		raw_send(n, &bad);
	}
	raw_answer(n, request);
}

START_TEST(messages_that_are_no_reply_are_ignored)
{
	struct bm_dealer_reply reply;
	uint32_t id;

	start(answer_after_useless_ones);
	until(BM_DEALER_CONNECTED);
	id = send_request();
	next_reply(&reply);
	ck_assert_uint_eq(reply.id, id);
	ck_assert_uint_eq(reply.count, 2);
	ck_assert_mem_eq(reply.frame[1].data, "reply", 5);
	stop();
	raw_fini(&node);
}
END_TEST

#define FLOOD 200

static void
answer_after_a_flood(struct raw_node *n, const struct raw_message *request)
{
	struct raw_message bad = *request;

	bad.count = 2;
	for (int i = 0; i < FLOOD; i++)
		raw_send(n, &bad);
	raw_answer(n, request);
}

START_TEST(a_reply_is_found_behind_a_flood)
{
	struct bm_dealer_reply reply;
	uint32_t id;

	start(answer_after_a_flood);
	until(BM_DEALER_CONNECTED);
	id = send_request();
	next_reply(&reply);
	ck_assert_uint_eq(reply.id, id);
	stop();
	raw_fini(&node);
}
END_TEST

/* Each frame is about as long as one may be. */
#define LONG_FRAMES 60

static void
answer_at_length(struct raw_node *n, const struct raw_message *request)
{
	static uint8_t bytes[BM_NET_FRAME_MAX - 100];   /* CURVE adds some */
	zmq_msg_t frame;

	for (size_t i = 0; i < RAW_ENVELOPE; i++)
		ck_assert_int_ge(zmq_send(n->socket, request->frame[i].data,
		    request->frame[i].size, ZMQ_SNDMORE), 0);
	for (int i = 0; i < LONG_FRAMES; i++) {
		zmq_msg_init_data(&frame, bytes, sizeof bytes, NULL, NULL);
		ck_assert_int_ge(zmq_msg_send(&frame, n->socket,
		    i + 1 < LONG_FRAMES ? ZMQ_SNDMORE : 0), 0);
	}
}

START_TEST(a_reply_of_too_many_bytes_ends_the_connection)
{
	start(answer_at_length);
	until(BM_DEALER_CONNECTED);
	(void)send_request();
	until(BM_DEALER_LOST);
	stop();
	raw_fini(&node);
}
END_TEST

START_TEST(frames_beyond_the_last_that_is_kept_are_dropped)
{
	struct bm_dealer_reply reply;

	raw_init(&node, raw_answer);
	raw_reply_text(&node, "1", "2", "3", "4", "5", "6", "7", "8", "9",
	    NULL);
	raw_start(&node);
	zmq = zmq_ctx_new();
	open_dealer();
	until(BM_DEALER_CONNECTED);
	for (int i = 0; i < 2; i++) {
		(void)send_request();
		next_reply(&reply);
		ck_assert_uint_eq(reply.count, BM_DEALER_FRAMES_MAX);
		ck_assert_uint_eq(reply.frame[7].size, 1);
		ck_assert_mem_eq(reply.frame[7].data, "8", 1);
	}
	stop();
	raw_fini(&node);
}
END_TEST

START_TEST(sending_without_a_connection_fails)
{
	struct bm_dealer_reply reply;
	int fd = start_tcp();
	uint32_t id;

	ck_assert_int_eq(listen(fd, 1), 0);
	open_dealer();
	ck_assert_int_eq(bm_dealer_send(dealer, "N", NULL, 0, &id),
	    BITMARK_E_NO_CONNECTION);
	ck_assert_int_eq(bm_dealer_receive(dealer, &reply),
	    BITMARK_E_NOT_FOUND);
	bm_dealer_close(dealer);
	zmq_ctx_term(zmq);
	close(fd);
}
END_TEST

/* --- the connection ------------------------------------------------------ */

START_TEST(a_reopened_socket_has_another_identity_and_no_past)
{
	struct bm_dealer_reply reply;
	uint8_t identity[32];
	uint32_t id;

	start(raw_answer);
	until(BM_DEALER_CONNECTED);
	id = send_request();
	next_reply(&reply);
	ck_assert_uint_eq(reply.id, id);
	/* The node's thread rests until the next request. */
	raw_stop(&node);
	memcpy(identity, node.last.frame[0].data, sizeof identity);
	raw_start(&node);
	ck_assert_int_eq(bm_dealer_reopen(dealer, bitmark_clock_ms()),
	    BITMARK_OK);
	ck_assert_int_eq(bm_dealer_state(dealer), BM_DEALER_CONNECTING);
	ck_assert_int_eq(bm_dealer_receive(dealer, &reply),
	    BITMARK_E_NOT_FOUND);
	until(BM_DEALER_CONNECTED);
	ck_assert_uint_eq(send_request(), id + 1);
	next_reply(&reply);
	stop();
	ck_assert_uint_eq(node.last.frame[0].size, sizeof identity);
	ck_assert_mem_ne(node.last.frame[0].data, identity, sizeof identity);
	raw_fini(&node);
}
END_TEST

START_TEST(a_lost_connection_is_made_again)
{
	struct bm_dealer_reply reply;

	start(raw_answer);
	until(BM_DEALER_CONNECTED);
	raw_stop(&node);
	until(BM_DEALER_LOST);
	ck_assert(bm_dealer_refusal(dealer) == BITMARK_OK);
	raw_start(&node);
	until(BM_DEALER_CONNECTED);
	(void)send_request();
	next_reply(&reply);
	stop();
	raw_fini(&node);
}
END_TEST

START_TEST(a_key_that_is_refused_is_noticed_and_forgotten)
{
	uint64_t deadline_ms = bitmark_clock_ms() + PATIENT_MS;

	raw_init(&node, raw_answer);
	raw_start(&node);
	node.public_key[0] ^= 1;
	zmq = zmq_ctx_new();
	open_dealer();
	while (bm_dealer_refusal(dealer) == BITMARK_OK) {
		ck_assert(wait_event(deadline_ms));
		bm_dealer_drive(dealer, bitmark_clock_ms());
	}
	ck_assert(bm_dealer_is_reached(dealer));
	bm_dealer_disconnect(dealer);
	ck_assert(bm_dealer_refusal(dealer) == BITMARK_OK);
	stop();
	raw_fini(&node);
}
END_TEST

START_TEST(the_pause_doubles_up_to_its_limit)
{
	static const uint64_t pauses[] = { 100, 200, 400, 800, 1600, 1600 };
	int fd = start_tcp();                /* bound, not listening */
	uint64_t now_ms = 0;
	zmq_pollitem_t items[BM_DEALER_ITEMS];

	open_dealer();
	ck_assert_int_eq(bm_dealer_reopen(dealer, now_ms), BITMARK_OK);
	for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
		while (bm_dealer_state(dealer) != BM_DEALER_LOST) {
			ck_assert_uint_eq(bm_dealer_poll_items(dealer, items),
			    2);
			ck_assert_int_gt(zmq_poll(items, 2, PATIENT_MS), 0);
			bm_dealer_drive(dealer, now_ms);
		}
		ck_assert(!bm_dealer_is_reached(dealer));
		ck_assert_uint_eq(bm_dealer_deadline(dealer) - now_ms,
		    pauses[i]);
		bm_dealer_drive(dealer, bm_dealer_deadline(dealer) - 1);
		ck_assert_int_eq(bm_dealer_state(dealer), BM_DEALER_LOST);
		now_ms = bm_dealer_deadline(dealer);
		bm_dealer_drive(dealer, now_ms);
		ck_assert_int_eq(bm_dealer_state(dealer),
		    BM_DEALER_CONNECTING);
	}
	bm_dealer_close(dealer);
	zmq_ctx_term(zmq);
	close(fd);
}
END_TEST

/* The node ends ${lasted_ms} after it let us in: the pause that follows. */
static uint64_t
pause_after(uint64_t lasted_ms)
{
	uint64_t now_ms;

	raw_start(&node);
	until(BM_DEALER_CONNECTED);
	now_ms = bitmark_clock_ms();
	raw_stop(&node);
	while (bm_dealer_state(dealer) == BM_DEALER_CONNECTED) {
		ck_assert(wait_event(now_ms + PATIENT_MS));
		bm_dealer_drive(dealer, now_ms + lasted_ms);
	}
	return bm_dealer_deadline(dealer) - now_ms - lasted_ms;
}

START_TEST(a_node_that_hangs_up_at_once_is_tried_less_and_less_often)
{
	start(raw_answer);
	until(BM_DEALER_CONNECTED);
	raw_stop(&node);
	until(BM_DEALER_LOST);
	ck_assert_uint_ge(pause_after(0), 2 * BM_DEALER_PAUSE_MS);
	ck_assert_uint_ge(pause_after(0), 4 * BM_DEALER_PAUSE_MS);
	/* One that stayed for a while is worth a quick try. */
	ck_assert_uint_eq(pause_after(2 * BM_DEALER_LASTING_MS),
	    BM_DEALER_PAUSE_MS);
	bm_dealer_close(dealer);
	zmq_ctx_term(zmq);
	raw_fini(&node);
}
END_TEST

START_TEST(an_attempt_without_outcome_is_given_up)
{
	int fd = start_tcp();
	uint64_t due_ms;

	ck_assert_int_eq(listen(fd, 4), 0);
	open_dealer();
	due_ms = bm_dealer_deadline(dealer);
	ck_assert_uint_le(due_ms, bitmark_clock_ms() + BM_DEALER_ATTEMPT_MS);
	bm_dealer_drive(dealer, due_ms);
	ck_assert_int_eq(bm_dealer_state(dealer), BM_DEALER_CONNECTING);
	ck_assert_uint_eq(bm_dealer_deadline(dealer),
	    due_ms + BM_DEALER_ATTEMPT_MS);
	bm_dealer_close(dealer);
	zmq_ctx_term(zmq);
	close(fd);
}
END_TEST

START_TEST(a_disconnected_dealer_rests_until_it_is_reopened)
{
	zmq_pollitem_t items[BM_DEALER_ITEMS];
	struct bm_dealer_reply reply;

	start(raw_answer);
	until(BM_DEALER_CONNECTED);
	bm_dealer_disconnect(dealer);
	ck_assert_uint_eq(bm_dealer_deadline(dealer), UINT64_MAX);
	ck_assert_uint_eq(bm_dealer_poll_items(dealer, items), 0);
	bm_dealer_drive(dealer, UINT64_MAX - 1);
	ck_assert_int_eq(bm_dealer_state(dealer), BM_DEALER_LOST);
	ck_assert_int_eq(bm_dealer_receive(dealer, &reply),
	    BITMARK_E_NOT_FOUND);
	ck_assert_int_eq(bm_dealer_reopen(dealer, bitmark_clock_ms()),
	    BITMARK_OK);
	until(BM_DEALER_CONNECTED);
	stop();
	raw_fini(&node);
}
END_TEST

#define SOCKETS 8

/* Sockets that leave none to the dealer. */
static void *others[SOCKETS];

static void
take_all_sockets(void)
{
	struct await wait = AWAIT;
	int count = 0;

	/* Closed sockets free their places a little later. */
	while (count < SOCKETS) {
		others[count] = zmq_socket(zmq, ZMQ_PAIR);
		if (others[count] != NULL)
			count++;
		else
			ck_assert(await_again(&wait));
	}
}

static void
give_sockets_back(void)
{
	for (int i = 0; i < SOCKETS; i++)
		zmq_close(others[i]);
}

START_TEST(a_first_open_without_sockets_is_a_loss_that_drive_repairs_D_56)
{
	raw_init(&node, raw_answer);
	raw_start(&node);
	zmq = zmq_ctx_new();
	ck_assert_int_eq(zmq_ctx_set(zmq, ZMQ_MAX_SOCKETS, SOCKETS), 0);
	take_all_sockets();
	open_dealer();
	ck_assert_int_eq(bm_dealer_state(dealer), BM_DEALER_LOST);
	ck_assert_uint_le(bm_dealer_deadline(dealer), bitmark_clock_ms() +
	    BM_DEALER_PAUSE_MS);
	give_sockets_back();
	until(BM_DEALER_CONNECTED);
	stop();
	raw_fini(&node);
}
END_TEST

START_TEST(a_reopen_without_sockets_is_a_loss_that_drive_repairs_D_56)
{
	raw_init(&node, raw_answer);
	raw_start(&node);
	zmq = zmq_ctx_new();
	ck_assert_int_eq(zmq_ctx_set(zmq, ZMQ_MAX_SOCKETS, SOCKETS), 0);
	open_dealer();
	bm_dealer_disconnect(dealer);
	take_all_sockets();
	ck_assert_int_eq(bm_dealer_reopen(dealer, 1), BITMARK_E_NET);
	ck_assert_int_eq(bm_dealer_state(dealer), BM_DEALER_LOST);
	ck_assert_uint_eq(bm_dealer_deadline(dealer), 1 + BM_DEALER_PAUSE_MS);
	give_sockets_back();
	until(BM_DEALER_CONNECTED);
	stop();
	raw_fini(&node);
}
END_TEST

START_TEST(a_chain_name_that_is_too_long_is_refused)
{
	struct bm_dealer_config config = { .chain = "bitmarks",
	    .address = "127.0.0.1:2136", .server_key = node.public_key,
	    .public_key = node.public_key, .private_key = node.private_key };

	ck_assert_int_eq(bm_dealer_open(&dealer, &config, 0),
	    BITMARK_E_INVALID_CHAIN);
	ck_assert_ptr_null(dealer);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dealer");
	TCase *t = tcase_create("connection");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, several_requests_may_be_outstanding);
	tcase_add_test(t, messages_that_are_no_reply_are_ignored);
	tcase_add_test(t, a_reply_is_found_behind_a_flood);
	tcase_add_test(t, a_reply_of_too_many_bytes_ends_the_connection);
	tcase_add_test(t, frames_beyond_the_last_that_is_kept_are_dropped);
	tcase_add_test(t, sending_without_a_connection_fails);
	tcase_add_test(t,
	    a_reopened_socket_has_another_identity_and_no_past);
	tcase_add_test(t, a_lost_connection_is_made_again);
	tcase_add_test(t, a_key_that_is_refused_is_noticed_and_forgotten);
	tcase_add_test(t, the_pause_doubles_up_to_its_limit);
	tcase_add_test(t,
	    a_node_that_hangs_up_at_once_is_tried_less_and_less_often);
	tcase_add_test(t, an_attempt_without_outcome_is_given_up);
	tcase_add_test(t, a_disconnected_dealer_rests_until_it_is_reopened);
	tcase_add_test(t,
	    a_first_open_without_sockets_is_a_loss_that_drive_repairs_D_56);
	tcase_add_test(t,
	    a_reopen_without_sockets_is_a_loss_that_drive_repairs_D_56);
	tcase_add_test(t, a_chain_name_that_is_too_long_is_refused);
	suite_add_tcase(suite, t);
	return run_suite(suite);
}
